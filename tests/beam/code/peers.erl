%% Other nodes that code starts by OTP's own `peer` and `slave`; it prints what it finds.
-module(peers).
-export([compared/0, crowd/0, end_soon/0]).
-compile({nowarn_deprecated_function, [{slave, start, 3}, {slave, stop, 1}]}).

say(Format, Args) -> io:format(Format ++ "~n", Args).

%% The class and the reason of an exception, without where in the code it happened.
caught(Function) ->
    try Function() catch Class:Reason -> {Class, Reason} end.

%% What is the same on real nodes.
compared() ->
    logger:set_primary_config(level, none),
    by_distribution(),
    by_pipe(),
    without_a_name(),
    named_by_another(),
    environment(),
    subscriptions(),
    stopped(),
    input_and_output(),
    ends(),
    slaves(),
    ports(),
    given_ports(),
    together().

%% A peer has the cookie of whoever starts it, and finds the same hosts.
args() ->
    Hosts = case application:get_env(kernel, inetrc) of
                {ok, File} -> ["-kernel", "inetrc", lists:flatten(io_lib:format("~p", [File]))];
                undefined -> []
            end,
    ["-setcookie", atom_to_list(erlang:get_cookie()), "-kernel", "logger_level", "none",
     "-pa", filename:dirname(code:which(?MODULE)) | Hosts].

by_distribution() ->
    {ok, Peer, Node} = peer:start(#{name => 'p1@x', args => args()}),
    say("~0p ~0p ~0p", [Node, lists:member(Node, nodes()), peer:get_state(Peer)]),
    say("~0p", [erpc:call(Node, fun() -> {node(), nodes()} end)]),
    say("~0p", [caught(fun() -> peer:call(Peer, erlang, node, []) end)]),
    ok = peer:stop(Peer),
    say("~0p ~0p", [lists:member(Node, nodes()), net_adm:ping(Node)]),
    {ok, Again, Node} = peer:start_link(#{name => 'p1@x', args => args()}),
    say("~0p", [erpc:call(Node, erlang, node, [])]),
    ok = peer:stop(Again),
    {ok, Hidden, Other} = peer:start(#{name => 'p2@x', args => ["-hidden" | args()]}),
    say("~0p ~0p", [lists:member(Other, nodes()), lists:member(Other, nodes(hidden))]),
    ok = peer:stop(Hidden).

%% A node that the first one that it connects to gives a name, and that has none without it.
named_by_another() ->
    Args = ["-sname", "undefined" | args()],
    {ok, Peer, _} = peer:start(#{connection => standard_io, args => Args}),
    State = fun() ->
                    State = peer:call(Peer, net_kernel, get_state, []),
                    {peer:call(Peer, erlang, is_alive, []), maps:with([started, name_type], State)}
            end,
    say("~0p ~0p", [peer:call(Peer, erlang, node, []), State()]),
    say("~0p", [peer:call(Peer, net_kernel, connect_node, [node()])]),
    Name = peer:call(Peer, erlang, node, []),
    say("~0p ~0p ~0p", [[Name] =:= nodes(hidden), peer:call(Peer, erlang, nodes, [hidden]), State()]),
    true = erlang:disconnect_node(Name),
    timer:sleep(200),
    say("~0p ~0p", [peer:call(Peer, erlang, node, []), State()]),
    ok = peer:stop(Peer).

%% The variables of its own and those that it is given.
environment() ->
    true = os:putenv("HERE", "1"),
    Given = [{"GIVEN", "2"}],
    {ok, Peer, _} = peer:start(#{connection => standard_io, env => Given, args => args()}),
    say("~0p", [[peer:call(Peer, os, getenv, [Name]) || Name <- ["HERE", "GIVEN", "OTHER"]]]),
    true = os:unsetenv("HERE"),
    ok = peer:stop(Peer).

%% What processes are told of a node, by their options.
subscriptions() ->
    {ok, Peer, Node} = peer:start(#{name => 'p8@x', connection => standard_io, args => args()}),
    say("~0p", [net_kernel:monitor_nodes(perhaps)]),
    [say("~0p", [net_kernel:monitor_nodes(true, Wrong)])
     || Wrong <- [wrong, [wrong], #{wrong => true}, #{node_type => wrong},
                  [{node_type, hidden}, {node_type, visible}]]],
    Options = [[nodedown_reason | Type]
               || Type <- [[], [{node_type, visible}], [{node_type, hidden}], [{node_type, all}]]],
    [ok = net_kernel:monitor_nodes(true, Each) || Each <- Options],
    pong = net_adm:ping(Node),
    say("~0p", [lists:sort(messages(nodeup))]),
    {ok, Info} = net_kernel:node_info(Node),
    say("~0p", [[proplists:get_value(Name, Info) || Name <- [state, type]]]),
    true = erlang:disconnect_node(Node),
    say("~0p", [lists:sort(messages(nodedown))]),
    [ok = net_kernel:monitor_nodes(false, Each) || Each <- Options],
    pong = net_adm:ping(Node),
    say("~0p", [messages(nodeup)]),
    {ok, Again} = net_kernel:node_info(Node),
    ok = net_kernel:monitor_nodes(true, [nodedown_reason]),
    exit(proplists:get_value(owner, Again), {a, reason}),
    say("~0p", [messages(nodedown)]),
    ok = net_kernel:monitor_nodes(false, [nodedown_reason]),
    ok = peer:stop(Peer).

%% Those that tell of nodes, and no others.
messages(Tag) ->
    receive
        {Tag, _, _} = Message -> [Message | messages(Tag)];
        {nodeup, _, _} -> messages(Tag)
    after 200 -> []
    end.

%% A node that stops in order closes its connections before it ends what is left of its processes.
stopped() ->
    {ok, _, Node} = peer:start(#{name => 'p9@x', connection => standard_io, args => args()}),
    Pid = spawn(Node, timer, sleep, [infinity]),
    Monitor = monitor(process, Pid),
    ok = net_kernel:monitor_nodes(true, [nodedown_reason]),
    ok = rpc:call(Node, init, stop, []),
    receive {'DOWN', Monitor, process, Pid, Reason} -> say("~0p", [Reason]) end,
    receive {nodedown, Node, Info} -> say("~0p", [Info]) end,
    ok = net_kernel:monitor_nodes(false, [nodedown_reason]).

by_pipe() ->
    Options = #{name => 'p3@x', connection => standard_io, args => args()},
    {ok, Peer, Node} = peer:start_link(Options),
    say("~0p ~0p", [Node, lists:member(Node, nodes())]),
    say("~0p", [peer:call(Peer, erlang, node, [])]),
    say("~0p", [peer:call(Peer, lists, seq, [1, 5])]),
    say("~0p", [caught(fun() -> peer:call(Peer, erlang, throw, [thrown]) end)]),
    say("~0p", [caught(fun() -> peer:call(Peer, erlang, exit, [left]) end)]),
    say("~0p", [try peer:call(Peer, timer, sleep, [5000], 100) catch exit:{timeout, _} -> late end]),
    ok = peer:cast(Peer, erlang, send, [peer_tester, nothing]),
    ok = peer:send(Peer, user, not_for_it),
    say("~0p", [peer:call(Peer, net_adm, ping, [node()])]),
    say("~0p", [lists:member(Node, nodes())]),
    ok = peer:stop(Peer),
    say("~0p", [net_adm:ping(Node)]).

without_a_name() ->
    {ok, Peer, Node} = peer:start(#{connection => standard_io, args => args()}),
    say("~0p ~0p", [Node, peer:call(Peer, erlang, is_alive, [])]),
    say("~0p", [peer:call(Peer, erlang, node, [])]),
    ok = peer:stop(Peer).

input_and_output() ->
    {ok, Peer, _} = peer:start(#{connection => standard_io, args => args()}),
    say("~0p", [peer:call(Peer, io, put_chars, ["printed by a peer\n"])]),
    ok = peer:stop(Peer),
    {ok, Other, Node} = peer:start(#{name => 'p4@x', args => args()}),
    say("~0p", [erpc:call(Node, io, put_chars, [user, "and by another one\n"])]),
    ok = peer:stop(Other).

%% How the end of a peer is told.
ends() ->
    process_flag(trap_exit, true),
    Crash = #{name => 'p5@x', connection => standard_io, peer_down => crash, args => args()},
    {ok, One, _} = peer:start_link(Crash),
    peer:cast(One, erlang, halt, [0]),
    say("~0p", [receive {'EXIT', One, Reason} -> Reason after 10000 -> nothing end]),
    {ok, Two, _} = peer:start_link(Crash),
    peer:cast(Two, erlang, halt, [1]),
    say("~0p", [receive {'EXIT', Two, Why} -> Why after 10000 -> nothing end]),
    {ok, Three, _} = peer:start_link(Crash#{peer_down => continue}),
    peer:cast(Three, erlang, halt, [0]),
    timer:sleep(500),
    say("~0p", [peer:get_state(Three)]),
    peer:stop(Three),
    {ok, Four, Node} = peer:start_link(Crash),
    say("~0p", [caught(fun() -> peer:start(Crash) end)]),
    say("~0p", [peer:call(Four, erlang, node, []) =:= Node]),
    peer:stop(Four),
    process_flag(trap_exit, false).

slaves() ->
    Args = lists:flatten(lists:join(" ", ["'" ++ Arg ++ "'" || Arg <- args()])),
    {ok, Node} = slave:start(x, s1, Args),
    say("~0p ~0p", [Node, lists:member(Node, nodes())]),
    say("~0p", [rpc:call(Node, erlang, node, [])]),
    say("~0p", [slave:start(x, s1, Args)]),
    slave:stop(Node),
    timer:sleep(100),
    say("~0p", [lists:member(Node, nodes())]).

%% A port that is given to another process, which ends.
given_ports() ->
    Open = fun() ->
               open_port({spawn_executable, os:find_executable("erl")},
                         [{args, ["-noshell", "-noinput", "-s", "peers", "end_soon",
                                  "-pa", filename:dirname(code:which(?MODULE))]}, binary])
           end,
    Owner = fun() -> spawn(fun() -> receive stop -> ok end end) end,
    ByMessage = Open(),
    First = Owner(),
    ByMessage ! {self(), {connect, First}},
    say("~0p", [receive {ByMessage, connected} -> connected after 5000 -> none end]),
    say("~0p", [erlang:port_info(ByMessage, connected) =:= {connected, First}]),
    say("~0p", [lists:member(self(), element(2, erlang:port_info(ByMessage, links)))]),
    First ! stop,
    say("~0p", [closed(ByMessage, 20)]),
    ByCall = Open(),
    Second = Owner(),
    say("~0p", [erlang:port_connect(ByCall, Second)]),
    say("~0p", [receive {ByCall, connected} -> connected after 100 -> none end]),
    Second ! stop,
    say("~0p", [closed(ByCall, 20)]).

closed(_Port, 0) -> false;
closed(Port, Tries) ->
    case erlang:port_info(Port) of
        undefined -> true;
        _ -> timer:sleep(20), closed(Port, Tries - 1)
    end.

ports() ->
    say("~0p", [caught(fun() -> open_port({spawn_executable, "/no/such/program"}, []) end)]),
    Port = open_port({spawn_executable, os:find_executable("erl")},
                     [{args, ["-noshell", "-noinput", "-s", "peers", "end_soon",
                              "-pa", filename:dirname(code:which(?MODULE))]}, exit_status]),
    say("~0p ~0p", [is_port(Port), erlang:port_info(Port, connected) =:= {connected, self()}]),
    say("~0p", [lists:member(Port, erlang:ports())]),
    say("~0p", [erlang:port_close(Port)]),
    say("~0p", [erlang:port_info(Port)]),
    say("~0p", [caught(fun() -> erlang:port_command(Port, "x") end)]).

%% Two nodes of one host have the same files; a process is told of by signals from the other node.
together() ->
    {ok, Peer, Node} = peer:start(#{name => 'p6@x', args => args()}),
    File = "/tmp/peers_" ++ os:getpid(),
    ok = erpc:call(Node, file, write_file, [File, <<"there">>]),
    say("~0p", [file:read_file(File)]),
    ok = file:write_file(File, <<"here">>),
    say("~0p", [erpc:call(Node, file, read_file, [File])]),
    ok = erpc:call(Node, file, delete, [File]),
    say("~0p", [file:read_file(File)]),
    Far = spawn(Node, fun() -> receive {From, leader} -> From ! {leader, group_leader()} end end),
    group_leader(self(), Far),
    Far ! {self(), leader},
    say("~0p", [receive {leader, Leader} -> Leader =:= self() end]),
    say("~0p", [caught(fun() -> demonitor(erpc:call(Node, erlang, make_ref, [])) end)]),
    erpc:call(Node, erts_debug, set_internal_state, [available_internal_state, true]),
    erpc:cast(Node, erts_debug, set_internal_state, [block, 1000]),
    timer:sleep(100),
    say("~0p", [caught(fun() -> erpc:call(Node, erlang, node, [], 500) end)]),
    say("~0p", [erpc:call(Node, erlang, node, [])]),
    ok = peer:stop(Peer).

%% A node that nobody ends.
end_soon() ->
    timer:sleep(1000),
    halt().

%% Peers on this host and by ssh on others, which all meet.
crowd() ->
    Nodes = [begin
                 Exec = #{exec => {os:find_executable("ssh"), [Host, "erl"]}, host => Host},
                 {ok, _, Node} = peer:start_link(Exec#{name => Name, args => args()}),
                 Node
             end || {Name, Host} <- [{p1, "x"}, {p2, "y"}, {p3, "z"}]],
    timer:sleep(1000),
    say("~0p", [lists:sort(nodes())]),
    say("~0p", [[length(erpc:call(Node, erlang, nodes, [])) || Node <- Nodes]]),
    receive stop -> ok end.
