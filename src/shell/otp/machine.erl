%% The machine of a recording that runs in the simulation: the processes of the operating system are
%% simulated nodes, each on a host of its own.
-module(machine).
-export([up/3, down/1, full_name/2, executable/3, started/2, signal/2, exists/1, cut/3,
         cut_one_way/3, heal/1, patience/0, provide/3]).

up(_Names, _Apart, _Build) -> #{}.

down(_Machine) -> ok.

full_name(Name, _Machine) -> list_to_atom(atom_to_list(Name) ++ "@127.0.0.1").

%% A node runs on the host of its name.
executable(Name, _Release, _Machine) ->
    {os:find_executable("ssh"), [atom_to_list(Name), os:find_executable("erl")]}.

started(_Process, _Machine) -> ok.

signal(Process, Signal) ->
    nodedown:signal_program(list_to_integer(Process), list_to_atom(Signal)).

exists(Process) -> nodedown:has_program(list_to_integer(Process)).

cut(One, Other, Machine) -> nodedown:cut([full_name(Other, Machine)], [full_name(One, Machine)]).

cut_one_way(One, Other, Machine) ->
    nodedown:cut([full_name(One, Machine)], [full_name(Other, Machine)]).

heal(_Machine) -> nodedown:heal().

patience() -> 1.

%% The modules of applications have been compiled before, where there is a compiler and a disk.
provide(File, Source, {Placed, Resource}) ->
    case os:getenv("NODEDOWN_PREPARES") of
        false ->
            ok;
        _ ->
            ok = file:write_file(File ++ ".erl", Source),
            {ok, _} = compile:file(File ++ ".erl", [{outdir, filename:dirname(File)}]),
            ok = filelib:ensure_dir(Placed),
            file:write_file(Placed, io_lib:format("~tp.~n", [Resource]))
    end.
