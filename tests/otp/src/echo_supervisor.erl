%% The supervisor of the transcripts: its children are echo servers.
-module(echo_supervisor).
-behaviour(supervisor).
-export([start/3, start_link/3, child/1, flags/1, ask/2]).
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
    case {Flags, Children} of
        {#{strategy := simple_one_for_one}, [Template]} -> {ok, {Flags, [template(Template)]}};
        _ -> {ok, {Flags, [child(Child) || Child <- Children]}}
    end.

%% A child specification from the short form of a transcript.
child({Id, Restart}) ->
    #{id => Id, restart => Restart, start => {echo_server, start_child, [Id, []]}};
child({Id, Restart, Shutdown}) -> child({Id, Restart, Shutdown, []});
child({Id, Restart, Shutdown, Options}) ->
    Kind = case lists:keyfind(supervisor, 1, Options) of
               {supervisor, Flags, Children} ->
                   #{type => supervisor,
                     start => {?MODULE, start_link, [{local, Id}, flags(Flags), Children]}};
               false ->
                   Own = lists:delete(significant, Options),
                   #{start => {echo_server, start_child, [Id, Own]}}
           end,
    Kind#{id => Id, restart => Restart, shutdown => Shutdown,
          significant => lists:member(significant, Options)}.

%% Flags from the short form of a transcript.
flags({Strategy, Intensity, Period}) ->
    #{strategy => Strategy, intensity => Intensity, period => Period}.

%% All children are made after this one.
template(Child) ->
    #{start := {echo_server, start_child, Arguments}} = Specification = child(Child),
    Specification#{start := {echo_server, start_unnamed, Arguments}}.

%% What a supervisor answers, without what a transcript leaves out.
ask(which_children, Supervisor) ->
    [{Id, Child, Type} || {Id, Child, Type, _} <- supervisor:which_children(Supervisor)];
ask(count_children, Supervisor) -> supervisor:count_children(Supervisor);
ask({start_child, Options}, Supervisor) when is_list(Options) ->
    supervisor:start_child(Supervisor, [Options]);
ask({start_child, Child}, Supervisor) -> supervisor:start_child(Supervisor, child(Child));
ask({Function, Id}, Supervisor) -> supervisor:Function(Supervisor, Id).
