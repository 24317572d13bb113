%% The machine that runs recorded nodes: their operating-system processes, and the network between
%% them, which is made of namespaces where nodes must be cut off from each other.
-module(machine).
-export([up/3, down/1, full_name/2, executable/3, started/2, signal/2, exists/1, cut/3,
         cut_one_way/3, heal/1, patience/0, provide/3]).

%% Until the port mapper has noticed that a node is gone, its name is taken.
-define(NAMES_MS, 100).

%% Two recordings at a time do not meet, and the script that began this one cleans up after it.
up(Names, Apart, Build) ->
    Prefix = os:getenv("RECORDER_PREFIX"),
    [namespaces:up(Prefix, length(Names)) || Apart],
    Indices = maps:from_list(lists:zip(Names, lists:seq(1, length(Names)))),
    #{prefix => Prefix, apart => Apart, build => Build, indices => Indices}.

%% Ends every node that was started.
down(#{apart := Apart, prefix := Prefix, build := Build}) ->
    File = started_file(Build),
    {ok, Text} = case file:read_file(File) of {error, enoent} -> {ok, <<>>}; Read -> Read end,
    [end_process(Process, Build) || Process <- string:lexemes(binary_to_list(Text), "\n")],
    file:delete(File),
    timer:sleep(?NAMES_MS),
    [namespaces:down(Prefix) || Apart],
    ok.

%% The number may have gone to another process of the machine meanwhile.
end_process(Process, Build) ->
    case file:read_file("/proc/" ++ Process ++ "/cmdline") of
        {ok, Line} ->
            case string:find(Line, Build) of
                nomatch -> ok;
                _ -> signal(Process, "KILL")
            end;
        {error, _Ended} ->
            ok
    end.

started(Process, #{build := Build}) ->
    file:write_file(started_file(Build), Process ++ "\n", [append]).

started_file(Build) -> filename:join(Build, "nodes").

full_name(Name, #{apart := true, indices := Indices}) ->
    case Indices of
        #{Name := Index} -> at(Name, namespaces:address(Index));
        #{} -> at(Name, "10.77.0.250") % a host that does not exist
    end;
full_name(Name, #{apart := false}) ->
    at(Name, "127.0.0.1").

at(Name, Host) -> list_to_atom(atom_to_list(Name) ++ "@" ++ Host).

executable(Name, Release, #{apart := true, prefix := Prefix, indices := Indices}) ->
    Namespace = namespaces:name(Prefix, maps:get(Name, Indices)),
    {os:find_executable("ip"), ["netns", "exec", Namespace, erl(Release)]};
executable(_Name, Release, #{apart := false}) ->
    {erl(Release), []}.

%% The `erl` of the release that a node is to have: that of the recorder, or another one that the
%% environment names, as in `RECORDER_ERL_27=/opt/otp-27/bin/erl`.
erl(Release) ->
    case {Release, erlang:system_info(otp_release)} of
        {undefined, _} -> os:find_executable("erl");
        {Own, Own} -> os:find_executable("erl");
        {Other, _} ->
            case os:getenv("RECORDER_ERL_" ++ Other) of
                false -> error({no_erl_of_release, Other});
                Erl -> Erl
            end
    end.

signal(Process, Signal) -> os:cmd("kill -" ++ Signal ++ " " ++ Process).

exists(Process) -> filelib:is_dir("/proc/" ++ Process).

cut(One, Other, #{prefix := Prefix, indices := Indices}) ->
    namespaces:drop(Prefix, maps:get(One, Indices), maps:get(Other, Indices)).

cut_one_way(One, Other, #{prefix := Prefix, indices := Indices}) ->
    namespaces:cut_one_way(Prefix, maps:get(One, Indices), maps:get(Other, Indices)).

heal(#{apart := false}) -> ok;
heal(#{prefix := Prefix, indices := Indices}) -> namespaces:heal(Prefix, maps:size(Indices)).

%% A busy machine needs more time than the transcripts were recorded with.
patience() -> list_to_integer(os:getenv("RECORDER_PATIENCE", "1")).

%% Puts the callback module of an application and its resource file where nodes find them.
provide(File, Source, {Placed, Resource}) ->
    ok = file:write_file(File ++ ".erl", Source),
    {ok, _} = compile:file(File ++ ".erl", [{outdir, filename:dirname(File)}]),
    ok = filelib:ensure_dir(Placed),
    file:write_file(Placed, io_lib:format("~tp.~n", [Resource])).
