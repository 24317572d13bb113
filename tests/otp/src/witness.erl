%% One process on each recorded node that saw how the processes of that node ended.
-module(witness).
-export([start/0, watch/1, reason/1, status/1, is_alive/1]).

start() ->
    Self = self(),
    spawn(fun() -> register(?MODULE, self()), Self ! ready, loop(#{}) end),
    receive ready -> ok end.

watch(Process) -> ask({watch, Process}).

%% `undefined` for a process that lives, or that this incarnation of the node never had.
reason(Process) -> ask({reason, Process}).

is_alive(Process) ->
    %% A process of an earlier incarnation counts as one of another node.
    try is_process_alive(Process) catch error:badarg -> false end.

%% `undefined` for a process that has ended.
status(Process) ->
    try process_info(Process, status) of
        {status, Status} -> Status;
        undefined -> undefined
    catch error:badarg -> undefined % of an earlier incarnation of the node
    end.

ask(Question) ->
    Tag = make_ref(),
    ?MODULE ! {self(), Tag, Question},
    receive {Tag, Answer} -> Answer end.

loop(Ends) ->
    receive
        {Client, Tag, {watch, Process}} ->
            monitor(process, Process),
            Client ! {Tag, ok},
            loop(Ends);
        {Client, Tag, {reason, Process}} ->
            Client ! {Tag, maps:get(Process, Ends, undefined)},
            loop(Ends);
        {'DOWN', _Monitor, process, Process, Reason} ->
            loop(Ends#{Process => Reason})
    end.
