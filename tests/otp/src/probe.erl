%% A process that does what it is told and leaves what it receives in its mailbox. Runs on the
%% recorded nodes.
-module(probe).
-export([init/0, order/3, mailbox/1]).

%% The witness is told first: it must know a probe before the probe can die.
init() ->
    witness:watch(self()),
    loop().

loop() ->
    receive
        {'$order', Client, mailbox} ->
            Client ! {'$done', self(), mailbox()},
            loop();
        {'$order', Client, {Operations, Named}} ->
            Client ! {'$begun', self()},
            obey(Operations, Named, Client)
    end.

mailbox() ->
    receive
        Message when not is_record(Message, '$order', 3) -> [Message | mailbox()]
    after 0 -> []
    end.

obey([], _Named, Client) ->
    Client ! {'$end', self()},
    loop();
obey([{ends, How, Arguments} | _], Named, _Client) ->
    %% Outside of any `try`, so that the exit reason is that of an uncaught exception.
    ends(How, words:resolve(Arguments, Named));
obey([{Function, Arguments, As} | Operations], Named, Client) ->
    {Outcome, Bound} = outcome(Function, words:resolve(Arguments, Named), As),
    Client ! {'$done', self(), Outcome, Bound},
    obey(Operations, maps:merge(Named, Bound), Client).

%% What an operation raises is its answer.
outcome('catch', {ends, How, Arguments}, _As) -> {{value, catch ends(How, Arguments)}, #{}};
outcome('catch', {Function, Arguments}, As) ->
    case catch apply(operation, Function, Arguments) of
        {'$shown', Shown, Value} -> {{value, Shown}, bound(As, Value)};
        Value -> {{value, Value}, bound(As, Value)}
    end;
outcome(Function, Arguments, As) ->
    try apply(operation, Function, Arguments) of
        {'$shown', Shown, Value} -> {{value, Shown}, bound(As, Value)};
        Value -> {{value, Value}, bound(As, Value)}
    catch
        %% The shell's answer has no stack.
        Class:Reason -> {{exception, Class, Reason}, #{}}
    end.

ends(exit, [Reason]) -> exit(Reason);
ends(error, [Reason]) -> error(Reason);
ends(throw, [Term]) -> throw(Term);
ends(return, []) -> ok.

bound(none, _Value) -> #{};
bound(_As, none) -> #{};
bound(As, Value) when is_atom(As) -> #{As => Value};
bound({Process, Reference}, {Pid, Monitor}) ->
    maps:remove(none, #{Process => Pid, Reference => Monitor});
bound({Process, _Reference}, Pid) -> #{Process => Pid}.

%% ---- called on the probe's node by the recorder -------------------------------------------------

%% `dead`, or the outcomes of the operations with what they named; fewer if the probe ended.
order(Probe, Operations, Named) ->
    Monitor = monitor(process, Probe),
    Probe ! {'$order', self(), {Operations, Named}},
    receive
        {'$begun', Probe} -> outcomes(Probe, Monitor);
        {'DOWN', Monitor, process, Probe, _Reason} -> dead
    end.

outcomes(Probe, Monitor) ->
    receive
        {'$done', Probe, Outcome, Bound} ->
            [{Outcome, Bound} | outcomes(Probe, Monitor)];
        {'$end', Probe} ->
            demonitor(Monitor, [flush]),
            [];
        {'DOWN', Monitor, process, Probe, _Reason} ->
            []
    end.

mailbox(Probe) ->
    Monitor = monitor(process, Probe),
    Probe ! {'$order', self(), mailbox},
    receive
        {'$done', Probe, Messages} ->
            demonitor(Monitor, [flush]),
            Messages;
        {'DOWN', Monitor, process, Probe, _Reason} ->
            dead
    end.
