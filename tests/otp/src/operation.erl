%% What a probe can do: each function is one operation of the command language. A result that is
%% shown otherwise than it is used later is {'$shown', Shown, Value}; `none` shows nothing.
-module(operation).
-compile({no_auto_import, [send/2, link/1, unlink/1, monitor/2, demonitor/2, alias/1, unalias/1,
                           exit/2, register/2, unregister/1, whereis/1, self/0, node/0,
                           monitor_node/2, spawn_opt/5]}).
-export([send/2, send_noconnect/2, send_nosuspend/2, send_bulk/2, link/1, unlink/1, monitor/2, demonitor/2, alias/1, unalias/1,
         trap_exit/1, exit/2, register/2, unregister/1, whereis/1, alive/1, self/0, node/0,
         spawn/2, monitor_node/2, monitor_nodes/1, monitor_nodes/2, net_ticktime/0, set_net_ticktime/2, send_after/3, start_timer/3,
         cancel/2, read_timer/1, call/2, call/3, cast/2, multi_call/3, multi_call/4,
         abcast/3, erpc_call/3, erpc_multicall/3, erpc_cast/2, rpc_call/3, rpc_multicall/3, rpc_cast/2,
         rpc_sbcast/3, spawn_request/3, send_request/2, receive_response/2, wait_response/2, stop/1, stop/3,
         global_register/3, global_register/2, global_reregister/2, global_unregister/1,
         global_whereis/1, global_send/2, global_sync/0, global_disconnect/0, global_names/0, set_lock/3,
         del_lock/2, trans/4, pg_start/1, pg_join/3, pg_leave/3, pg_members/3, pg_groups/1,
         pg_monitor/2, pg_monitor_scope/1, pg_demonitor/2, server/3, supervisor/3]).

%% What follows a `none` is still bound, should the command name it.
silent(Value) -> {'$shown', none, Value}.

send(Destination, Message) ->
    Destination ! Message,
    silent(none).

send_noconnect(Destination, Message) -> erlang:send(Destination, Message, [noconnect]).

send_nosuspend(Destination, Message) -> erlang:send_nosuspend(Destination, Message).

send_bulk(Destination, Megabytes) -> send(Destination, <<0:(Megabytes bsl 20)/unit:8>>).

%% ---- links, monitors, exits ---------------------------------------------------------------------

link(Process) -> erlang:link(Process).

unlink(Process) -> erlang:unlink(Process).

monitor(Process, []) -> erlang:monitor(process, Process);
monitor(Process, Options) -> erlang:monitor(process, Process, Options).

demonitor(Monitor, []) -> erlang:demonitor(Monitor);
demonitor(Monitor, Options) -> erlang:demonitor(Monitor, Options).

alias(Options) -> erlang:alias(Options).

unalias(Alias) -> erlang:unalias(Alias).

trap_exit(Flag) -> silent(process_flag(trap_exit, Flag)).

exit(Process, Reason) -> erlang:exit(Process, Reason).

spawn(Node, Options) -> silent(erlang:spawn_opt(Node, probe, init, [], Options)).

%% ---- names and nodes ----------------------------------------------------------------------------

register(Name, self) -> erlang:register(Name, erlang:self());
register(Name, Process) -> erlang:register(Name, Process).

unregister(Name) -> erlang:unregister(Name).

whereis(Name) -> erlang:whereis(Name).

alive(Process) -> is_process_alive(Process).

self() -> erlang:self().

node() -> erlang:node().

monitor_node(Node, Flag) -> erlang:monitor_node(Node, Flag).

monitor_nodes(Flag) -> net_kernel:monitor_nodes(Flag).

monitor_nodes(Flag, Options) -> net_kernel:monitor_nodes(Flag, Options).

net_ticktime() -> net_kernel:get_net_ticktime().

set_net_ticktime(Seconds, Transition) -> net_kernel:set_net_ticktime(Seconds, Transition).

%% ---- timers -------------------------------------------------------------------------------------

send_after(Milliseconds, Destination, Message) ->
    erlang:send_after(Milliseconds, Destination, Message).

start_timer(Milliseconds, Destination, Message) ->
    erlang:start_timer(Milliseconds, Destination, Message).

cancel(Timer, []) -> left(erlang:cancel_timer(Timer));
cancel(Timer, Options) -> erlang:cancel_timer(Timer, Options).

read_timer(Timer) -> left(erlang:read_timer(Timer)).

left(Milliseconds) when is_integer(Milliseconds) -> '$left';
left(false) -> false.

%% ---- calls --------------------------------------------------------------------------------------

call(Server, Request) -> gen_server:call(Server, Request).

call(Server, Request, Timeout) -> gen_server:call(Server, Request, Timeout).

cast(Server, Request) -> gen_server:cast(Server, Request).

abcast(Nodes, Name, Request) -> gen_server:abcast(Nodes, Name, Request).

multi_call(Nodes, Name, Request) -> gen_server:multi_call(Nodes, Name, Request).

multi_call(Nodes, Name, Request, Timeout) -> gen_server:multi_call(Nodes, Name, Request, Timeout).

send_request(Server, Request) -> silent(gen_server:send_request(Server, Request)).

receive_response(Request, Timeout) -> gen_server:receive_response(Request, Timeout).

wait_response(Request, Timeout) -> gen_server:wait_response(Request, Timeout).

stop(Server) -> gen_server:stop(Server).

stop(Server, Reason, Timeout) -> gen_server:stop(Server, Reason, Timeout).

%% ---- functions on other nodes -------------------------------------------------------------------

erpc_call(Node, Function, Timeout) -> erpc:call(Node, remote, run, [Function], Timeout).

erpc_multicall(Nodes, Function, Timeout) ->
    erpc:multicall(Nodes, remote, run, [Function], Timeout).

erpc_cast(Node, Function) -> erpc:cast(Node, remote, run, [Function]).

rpc_call(Node, Function, Timeout) -> rpc:call(Node, remote, run, [Function], Timeout).

rpc_multicall(Nodes, Function, Timeout) ->
    rpc:multicall(Nodes, remote, run, [Function], Timeout).

rpc_cast(Node, Function) -> rpc:cast(Node, remote, run, [Function]).

rpc_sbcast(Nodes, Name, Message) -> rpc:sbcast(Nodes, Name, Message).

spawn_request(Node, Function, Options) ->
    erlang:spawn_request(Node, remote, run, [Function], Options).

%% ---- servers and supervisors --------------------------------------------------------------------

server(Name, Init, Options) -> named(echo_server:start_link(Name, Init, Options)).

supervisor(Name, Flags, Children) -> named(echo_supervisor:start_link(Name, Flags, Children)).

named({ok, Process} = Started) -> {'$shown', Started, Process};
named(NotStarted) -> {'$shown', NotStarted, none}.

%% ---- global -------------------------------------------------------------------------------------

global_register(Name, Process) -> global:register_name(Name, process(Process)).

global_register(Name, Process, Resolver) ->
    global:register_name(Name, process(Process), resolver(Resolver)).

resolver(own) -> fun(_Name, _Other, Own) -> Own end;
resolver(other) -> fun(_Name, Other, _Own) -> Other end;
resolver(none) -> fun(_Name, _Other, _Own) -> none end;
resolver(crash) -> fun(_Name, _Other, _Own) -> error(crash) end;
resolver(Known) ->
    Function = list_to_atom(atom_to_list(Known) ++ "_name"),
    fun global:Function/3.

global_reregister(Name, Process) -> global:re_register_name(Name, process(Process)).

process(self) -> erlang:self();
process(Process) -> Process.

global_unregister(Name) -> global:unregister_name(Name).

global_whereis(Name) -> global:whereis_name(Name).

global_send(Name, Message) -> global:send(Name, Message).

global_sync() -> global:sync().

global_disconnect() -> lists:sort(global:disconnect()).

global_names() -> lists:sort(global:registered_names()).

set_lock(Id, all, infinity) -> global:set_lock(Id);
set_lock(Id, Nodes, Retries) -> global:set_lock(Id, on(Nodes), Retries).

del_lock(Id, all) -> global:del_lock(Id);
del_lock(Id, Nodes) -> global:del_lock(Id, Nodes).

trans(Does, Id, Nodes, Retries) ->
    global:trans(Id, fun() -> does(Does) end, on(Nodes), Retries).

does({return, Term}) -> Term;
does({sleep, Milliseconds, Term}) -> timer:sleep(Milliseconds), Term;
does({exit, Reason}) -> erlang:exit(Reason);
does({error, Reason}) -> error(Reason);
does({throw, Term}) -> throw(Term).

on(all) -> [erlang:node() | nodes()];
on(Nodes) -> Nodes.

%% ---- pg -----------------------------------------------------------------------------------------

pg_start(Scope) ->
    case pg:start(Scope) of
        {ok, Process} = Started -> {'$shown', Started, Process};
        NotStarted -> {'$shown', NotStarted, none}
    end.

pg_join(Scope, Group, Processes) -> pg:join(Scope, Group, process(Processes)).

pg_leave(Scope, Group, Processes) -> pg:leave(Scope, Group, process(Processes)).

pg_members(Scope, Group, all) -> {'$sorted', pg:get_members(Scope, Group)};
pg_members(Scope, Group, local) -> {'$sorted', pg:get_local_members(Scope, Group)}.

pg_groups(Scope) -> lists:sort(pg:which_groups(Scope)).

pg_monitor(Scope, Group) ->
    {Monitor, Members} = pg:monitor(Scope, Group),
    {'$shown', {Monitor, {'$sorted', Members}}, Monitor}.

pg_monitor_scope(Scope) ->
    {Monitor, Groups} = pg:monitor_scope(Scope),
    Shown = maps:map(fun(_Group, Members) -> {'$sorted', Members} end, Groups),
    {'$shown', {Monitor, Shown}, Monitor}.

pg_demonitor(Scope, Monitor) -> pg:demonitor(Scope, Monitor).
