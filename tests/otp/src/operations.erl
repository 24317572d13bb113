%% The operations of a probe as `{Function of module operation, Arguments, Name of the result}`, or
%% `{ends, How, Arguments}`. Names in the arguments stay placeholders: see module words.
-module(operations).
-export([parse/3, server/2, supervisor/2]).

%% Lines: the operations of one command, each as words. Names: those given already.
parse(Lines, Names, FullName) ->
    {Operations, _} = lists:mapfoldl(
        fun(Words, Given) ->
            Operation = operation(Words, {Given, FullName}),
            {Operation, named(Operation) ++ Given}
        end, Names, Lines),
    Operations.

named({_Function, _Arguments, none}) -> [];
named({_Function, _Arguments, As}) when is_atom(As) -> [As];
named({_Ends, _How, _Arguments}) -> [].

operation(["catch" | Words], Context) ->
    case operation(Words, Context) of
        {ends, How, Arguments} -> {'catch', {ends, How, Arguments}, none};
        {Function, Arguments, As} -> {'catch', {Function, Arguments}, As}
    end;
operation(Words, Context) ->
    {Bare, Options} = words:options(Words),
    {Left, As} = as(Bare),
    case parsed(Left, Options, Context) of
        {ends, _, _} = Ends -> Ends;
        {Function, Arguments} -> {Function, Arguments, As}
    end.

%% `… as m` at the end.
as(Words) ->
    case lists:reverse(Words) of
        [Name, "as" | Rest] -> {lists:reverse(Rest), list_to_atom(Name)};
        _ -> {Words, none}
    end.

parsed(["send", To, Message], _, C) -> {send, [to(To, C), term(Message, C)]};
parsed(["send_noconnect", To, Message], _, C) ->
    {send_noconnect, [to(To, C), term(Message, C)]};
parsed(["send_nosuspend", To, Message], _, C) ->
    {send_nosuspend, [to(To, C), term(Message, C)]};
parsed(["send_bulk", To, Megabytes], _, C) ->
    {send_bulk, [to(To, C), list_to_integer(Megabytes)]};
parsed(["link", To], _, C) -> {link, [to(To, C)]};
parsed(["unlink", To], _, C) -> {unlink, [to(To, C)]};
parsed(["monitor", To], Options, C) -> {monitor, [to(To, C), monitor_options(Options)]};
parsed(["demonitor", Reference | Flags], _, C) ->
    {demonitor, [to(Reference, C), [list_to_atom(Flag) || Flag <- Flags]]};
parsed(["alias"], _, _) -> {alias, [[]]};
parsed(["alias", "reply"], _, _) -> {alias, [[reply]]};
parsed(["unalias", Reference], _, C) -> {unalias, [to(Reference, C)]};
parsed(["trap_exit", Flag], _, C) -> {trap_exit, [term(Flag, C)]};
parsed(["exit", Reason], _, C) -> {ends, exit, [term(Reason, C)]};
parsed(["exit", To, Reason], _, C) -> {exit, [to(To, C), term(Reason, C)]};
parsed(["error", Reason], _, C) -> {ends, error, [term(Reason, C)]};
parsed(["throw", Term], _, C) -> {ends, throw, [term(Term, C)]};
parsed(["return"], _, _) -> {ends, return, []};
parsed(["register", Name | Process], _, C) -> {register, [term(Name, C), process(Process, C)]};
parsed(["unregister", Name], _, C) -> {unregister, [term(Name, C)]};
parsed(["whereis", Name], _, C) -> {whereis, [term(Name, C)]};
parsed(["alive", Process], _, C) -> {alive, [to(Process, C)]};
parsed(["self"], _, _) -> {self, []};
parsed(["node"], _, _) -> {node, []};
parsed(["monitor_node", Node, Flag], _, C) -> {monitor_node, [full(Node, C), term(Flag, C)]};
parsed(["monitor_nodes", Flag | Flags], Options, C) ->
    case lists:member("map", Flags) of
        true ->
            Others = maps:from_list([{list_to_atom(Each), true} || Each <- Flags, Each =/= "map"]),
            {monitor_nodes, [term(Flag, C), maps:merge(node_options(Options, C), Others)]};
        false ->
            monitor_nodes(Flag, Flags, Options, C)
    end;
parsed(["net_ticktime"], _, _) -> {net_ticktime, []};
parsed(["set_net_ticktime", Time], Options, _) ->
    Transition = words:duration(maps:get(transition, Options, "60s")),
    {set_net_ticktime, [words:duration(Time) div 1000, Transition div 1000]};
parsed(["send_after", Time, To, Message], _, C) ->
    {send_after, [words:duration(Time), to(To, C), term(Message, C)]};
parsed(["start_timer", Time, To, Message], _, C) ->
    {start_timer, [words:duration(Time), to(To, C), term(Message, C)]};
parsed(["cancel", Timer], Options, C) ->
    {cancel, [to(Timer, C), [{Key, list_to_atom(Value)} || {Key, Value} <- maps:to_list(Options)]]};
parsed(["read_timer", Timer], _, C) -> {read_timer, [to(Timer, C)]};
parsed(["call", To, Request], Options, C) ->
    {call, [to(To, C), term(Request, C) | timeout(Options)]};
parsed(["cast", To, Request], _, C) -> {cast, [to(To, C), term(Request, C)]};
parsed(["multi_call", Name, "on" | Rest], Options, C) ->
    {Nodes, Request} = nodes_with(Rest, C),
    {multi_call, [Nodes, term(Name, C), Request | timeout(Options)]};
parsed([Broadcast, Name, "on" | Rest], _, C)
  when Broadcast =:= "abcast"; Broadcast =:= "rpc_sbcast" ->
    {Nodes, Message} = nodes_with(Rest, C),
    {list_to_atom(Broadcast), [Nodes, term(Name, C), Message]};
parsed([Call, Node, Function], Options, C) when Call =:= "erpc_call"; Call =:= "rpc_call" ->
    {list_to_atom(Call), [full(Node, C), term(Function, C), limit(Options)]};
parsed([Multicall, "on" | Rest], Options, C)
  when Multicall =:= "erpc_multicall"; Multicall =:= "rpc_multicall" ->
    {Nodes, Function} = nodes_with(Rest, C),
    {list_to_atom(Multicall), [Nodes, Function, limit(Options)]};
parsed([Cast, Node, Function], _, C) when Cast =:= "erpc_cast"; Cast =:= "rpc_cast" ->
    {list_to_atom(Cast), [full(Node, C), term(Function, C)]};
parsed(["spawn_request", Node, Function | Flags], _, C) ->
    {spawn_request, [full(Node, C), term(Function, C), [list_to_atom(Flag) || Flag <- Flags]]};
parsed(["send_request", To, Request], _, C) -> {send_request, [to(To, C), term(Request, C)]};
parsed([Receive, Request], Options, C)
  when Receive =:= "receive_response"; Receive =:= "wait_response" ->
    {list_to_atom(Receive), [to(Request, C), limit(Options)]};
parsed(["stop", To], Options, C) when Options =:= #{} -> {stop, [to(To, C)]};
parsed(["stop", To], Options, C) ->
    {stop, [to(To, C), term(maps:get(reason, Options, "normal"), C),
            limit(Options)]};
parsed(["global_register", Name | Process], #{resolver := Resolver}, C) ->
    {global_register, [term(Name, C), process(Process, C), list_to_atom(Resolver)]};
parsed(["global_register", Name | Process], _, C) ->
    {global_register, [term(Name, C), process(Process, C)]};
parsed(["global_reregister", Name | Process], _, C) ->
    {global_reregister, [term(Name, C), process(Process, C)]};
parsed(["global_unregister", Name], _, C) -> {global_unregister, [term(Name, C)]};
parsed(["global_whereis", Name], _, C) -> {global_whereis, [term(Name, C)]};
parsed(["global_send", Name, Message], _, C) -> {global_send, [term(Name, C), term(Message, C)]};
parsed(["global_sync"], _, _) -> {global_sync, []};
parsed(["global_disconnect"], _, _) -> {global_disconnect, []};
parsed(["global_names"], _, _) -> {global_names, []};
parsed(["set_lock", Resource, Requester | On], Options, C) ->
    {set_lock, [{term(Resource, C), term(Requester, C)}, on(On, C), retries(Options)]};
parsed(["del_lock", Resource, Requester | On], _, C) ->
    {del_lock, [{term(Resource, C), term(Requester, C)}, on(On, C)]};
parsed(["trans", Does, Resource, Requester | On], Options, C) ->
    Id = {term(Resource, C), term(Requester, C)},
    {trans, [term(Does, C), Id, on(On, C), retries(Options)]};
parsed(["pg_start", Scope], _, C) -> {pg_start, [term(Scope, C)]};
parsed(["pg_join", Group | Processes], Options, C) ->
    {pg_join, [scope(Options), term(Group, C), processes(Processes, C)]};
parsed(["pg_leave", Group | Processes], Options, C) ->
    {pg_leave, [scope(Options), term(Group, C), processes(Processes, C)]};
parsed(["pg_members", Group], Options, C) -> {pg_members, [scope(Options), term(Group, C), all]};
parsed(["pg_members", Group, "local"], Options, C) ->
    {pg_members, [scope(Options), term(Group, C), local]};
parsed(["pg_groups"], Options, _) -> {pg_groups, [scope(Options)]};
parsed(["pg_monitor", Group], Options, C) -> {pg_monitor, [scope(Options), term(Group, C)]};
parsed(["pg_monitor_scope"], Options, _) -> {pg_monitor_scope, [scope(Options)]};
parsed(["pg_demonitor", Reference], Options, C) ->
    {pg_demonitor, [scope(Options), to(Reference, C)]}.

%% The nodes of a lock: `all`, or those behind `on`.
on([], _Context) -> all;
on(["on" | Words], Context) -> [full(Word, Context) || Word <- Words].

retries(#{retries := Retries}) -> list_to_integer(Retries);
retries(#{}) -> infinity.

scope(Options) -> list_to_atom(maps:get(scope, Options, "pg")).

%% One process by itself, several as a list.
processes(Words, Context) when length(Words) > 1 -> [to(Word, Context) || Word <- Words];
processes(Words, Context) -> process(Words, Context).

to(Word, Context) -> words:destination(Word, Context).

term(Word, {_Names, FullName}) -> words:term(Word, FullName).

full(Word, {_Names, FullName}) -> FullName(list_to_atom(Word)).

process([], _Context) -> self;
process([Word], Context) -> to(Word, Context).

%% `NODE... with TERM`
nodes_with(Words, C) ->
    {Nodes, ["with", Term]} = lists:splitwith(fun(Word) -> Word =/= "with" end, Words),
    {[full(Node, C) || Node <- Nodes], term(Term, C)}.

monitor_nodes(Flag, Flags, Options, C) ->
    case maps:to_list(node_options(Options, C)) ++ [list_to_atom(Each) || Each <- Flags] of
        [] -> {monitor_nodes, [term(Flag, C)]};
        List -> {monitor_nodes, [term(Flag, C), List]}
    end.

node_options(Options, C) -> maps:map(fun(_, Value) -> term(Value, C) end, Options).

limit(Options) -> words:duration(maps:get(timeout, Options, "infinity")).

timeout(#{timeout := Timeout}) -> [words:duration(Timeout)];
timeout(#{}) -> [].

monitor_options(Options) ->
    [{Key, list_to_atom(Value)} || {Key, Value} <- maps:to_list(Options)].

%% ---- servers and supervisors --------------------------------------------------------------------

%% The arguments of echo_server:start/3.
server(Words, FullName) ->
    {Flags, Options} = words:options(Words),
    Init = [trap_exit || lists:member("trap_exit", Flags)]
        ++ [{init, words:term(Init, FullName)} || #{init := Init} <- [Options]],
    [name(Options, FullName), Init, [{timeout, Time} || Time <- timeout(Options)]].

%% The arguments of echo_supervisor:start/3.
supervisor([Flags, Children | Words], FullName) ->
    {[], Options} = words:options(Words),
    Shutdown = maps:from_list([{auto_shutdown, list_to_atom(When)}
                               || #{auto_shutdown := When} <- [Options]]),
    [name(Options, FullName),
     maps:merge(Shutdown, echo_supervisor:flags(words:term(Flags, FullName))),
     words:term(Children, FullName)].

name(#{name := Name}, _FullName) -> {local, list_to_atom(Name)};
name(#{global := Name}, FullName) -> {global, words:term(Name, FullName)};
name(#{via := Via}, FullName) ->
    {Module, Name} = words:term(Via, FullName),
    {via, Module, Name};
name(#{}, _FullName) -> none.
