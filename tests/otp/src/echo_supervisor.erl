%% The supervisor of the transcripts: its children are echo servers.
-module(echo_supervisor).
-behaviour(supervisor).
-export([start/3, start_link/3, child/1, ask/2]).
-export([init/1]).

%% By a process that ends at once, and takes its link with it. A failed start sends it an exit
%% signal, which must not end it before it has the result.
start(Name, Flags, Children) ->
    {_, Monitor} = spawn_monitor(fun() -> exit({started, started(Name, Flags, Children)}) end),
    receive {'DOWN', Monitor, process, _, {started, Result}} -> Result end.

started(Name, Flags, Children) ->
    process_flag(trap_exit, true),
    case start_link(Name, Flags, Children) of
        {ok, Supervisor} = Started ->
            unlink(Supervisor),
            Started;
        NotStarted ->
            NotStarted
    end.

start_link(none, Flags, Children) -> supervisor:start_link(?MODULE, {Flags, Children});
start_link(Name, Flags, Children) -> supervisor:start_link(Name, ?MODULE, {Flags, Children}).

init({Flags, Children}) ->
    witness:watch(self()),
    {ok, {Flags, [child(Child) || Child <- Children]}}.

%% A child specification from the short form of a transcript.
child({Id, Restart}) -> #{id => Id, restart => Restart, start => start(Id, [])};
child({Id, Restart, Shutdown}) -> child({Id, Restart, Shutdown, []});
child({Id, Restart, Shutdown, Options}) ->
    #{id => Id, restart => Restart, shutdown => Shutdown, start => start(Id, Options),
      significant => lists:member(significant, Options)}.

start(Id, Options) -> {echo_server, start_child, [Id, lists:delete(significant, Options)]}.

%% What a supervisor answers, without what a transcript leaves out.
ask(which_children, Supervisor) ->
    [{Id, Child, Type} || {Id, Child, Type, _} <- supervisor:which_children(Supervisor)];
ask(count_children, Supervisor) -> supervisor:count_children(Supervisor);
ask({start_child, Child}, Supervisor) -> supervisor:start_child(Supervisor, child(Child));
ask({Function, Id}, Supervisor) -> supervisor:Function(Supervisor, Id).
