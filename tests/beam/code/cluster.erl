%% What code does on the nodes of a cluster that OTP's own kernel has started; each function prints
%% what it finds.
-module(cluster).
-behaviour(supervisor).
-export([wait/1, compared/0, applications/0, environment/0, files/0, logs/0, logged_into_file/0, crashing/0,
         stop_node/0, halt_node/0, ways_out/0, peers/0, crowd/0, watch/0, watching/0, meet/0, register_global/0, resolve/3]).
-export([init/1, worker/0, work/0]).

say(Format, Args) -> io:format(Format ++ "~n", Args).

%% Waits until the nodes can be reached. Over hidden connections: `global` of the others hears of
%% nothing, and connects them to nobody.
wait([]) -> ok;
wait([Node | Nodes]) ->
    case net_kernel:hidden_connect_node(Node) of
        true -> erlang:disconnect_node(Node), wait(Nodes);
        _ -> timer:sleep(20), wait([Node | Nodes])
    end.

%% What is the same on real nodes.
compared() ->
    identity(),
    calls(),
    multicalls(),
    groups(),
    spawns(),
    code(),
    raised(),
    ticks().

%% Functions that raise exceptions are no frames when they are called as values.
raised() ->
    [say("~0p", [first_frame(Function, Args)])
     || {Function, Args} <- [{error, [it]}, {exit, [it]}, {throw, [it]}, {error, [it, [a]]}]].

first_frame(Function, Args) ->
    try {returned, apply(erlang, Function, Args)}
    catch _:_:Trace -> {Module, Name, Arity, _} = hd(Trace), {Module, Name, Arity}
    end.

%% A handler with a file writes into it.
logged_into_file() ->
    Formatter = {logger_formatter, #{template => [level, " ", msg, "\n"], single_line => true}},
    Config = #{config => #{file => "own.log"}, formatter => Formatter},
    ok = logger:add_handler(own, logger_std_h, Config),
    logger:error("one"),
    logger:notice(#{two => 2}),
    ok = logger_std_h:filesync(own),
    {ok, Written} = file:read_file("own.log"),
    say("~0p", [Written]).

peers() -> peers:compared().

crowd() -> peers:crowd().

applications() ->
    say("running ~0p", [[{Name, Vsn} || {Name, _, Vsn} <- application:which_applications()]]),
    {Status, _} = init:get_status(),
    say("status ~0p", [lists:member(Status, [starting, started])]),
    % Processes of the emulator itself, which wait for ever.
    Names = registered() -- [erts_code_purger, socket_registry],
    say("registered ~0p", [lists:sort(Names)]).

identity() ->
    Cookie = erlang:get_cookie(),
    say("~0p", [auth:get_cookie(nobody@nowhere) =:= Cookie]),
    true = erlang:set_cookie(nobody@nowhere, other),
    say("~0p", [erlang:get_cookie(nobody@nowhere)]),
    say("~0p ~0p", [node(), is_alive()]),
    say("~0p ~0p", [net_kernel:longnames(), maps:get(started, net_kernel:get_state())]),
    say("~0p ~0p", [net_adm:ping(b@y), net_adm:ping(nobody@nowhere)]),
    {ok, Names} = net_adm:names(),
    say("~0p", [lists:member("a", [Name || {Name, _} <- Names])]),
    say("~0p", [nodes()]),
    [{b@y, Info}] = nodes(visible, #{connection_id => true, node_type => true}),
    say("~0p ~0p", [maps:get(node_type, Info), is_integer(maps:get(connection_id, Info))]).

calls() ->
    say("~0p", [rpc:call(b@y, erlang, node, [])]),
    say("~0p", [rpc:call(b@y, erlang, error, [wrong])]),
    say("~0p", [rpc:call(nobody@nowhere, erlang, node, [])]),
    say("~0p", [erpc:call(b@y, fun() -> {on, node()} end)]),
    say("~0p", [catch erpc:call(b@y, erlang, throw, [thrown])]),
    say("~0p", [try erpc:call(nobody@nowhere, erlang, node, []) catch C:R -> {C, R} end]),
    say("~0p", [rpc:yield(rpc:async_call(b@y, lists, seq, [1, 3]))]),
    say("~0p", [erpc:cast(b@y, erlang, node, [])]).

multicalls() ->
    pong = net_adm:ping(c@z),
    Nodes = [a@x, b@y, nobody@nowhere, c@z],
    say("~0p", [erpc:multicall(Nodes, erlang, node, [])]),
    say("~0p", [rpc:multicall(Nodes, erlang, node, [])]),
    say("~0p", [erpc:multicall([b@y, c@z], fun node/0)]).

groups() ->
    {ok, _} = pg:start(pg),
    [{ok, _} = rpc:call(Node, pg, start, [pg]) || Node <- nodes()],
    ok = pg:join(group, self()),
    Pid = spawn(b@y, ?MODULE, worker, []),
    ok = rpc:call(b@y, pg, join, [group, Pid]),
    timer:sleep(200),
    say("~0p", [[node(Member) || Member <- lists:sort(pg:get_members(group))]]),
    say("~0p", [[node(Member) || Member <- pg:get_local_members(group)]]),
    exit(Pid, kill),
    timer:sleep(200),
    say("~0p", [[node(Member) || Member <- pg:get_members(group)]]).

spawns() ->
    Self = self(),
    Pid = spawn(b@y, fun() -> Self ! {from, node()} end),
    receive {from, Node} -> say("~0p ~0p", [Node, node(Pid)]) end,
    {Other, Ref} = spawn_monitor(b@y, ?MODULE, worker, []),
    exit(Other, bye),
    receive {'DOWN', Ref, process, Other, Reason} -> say("~0p", [Reason]) end,
    process_flag(trap_exit, true),
    Linked = spawn_link(b@y, erlang, exit, [over]),
    receive {'EXIT', Linked, Why} -> say("~0p", [Why]) end,
    Request = erlang:spawn_request(b@y, ?MODULE, worker, [], [{reply_tag, {my, tag}}]),
    Started = receive {{my, tag}, Request, ok, Asked} -> Asked end,
    say("~0p", [node(Started)]),
    Nowhere = erlang:spawn_request(nobody@nowhere, ?MODULE, worker, [], [monitor]),
    receive {spawn_reply, Nowhere, error, Error} -> say("~0p", [Error]) end,
    Tagged = erlang:monitor(process, Started, [{tag, {gone, Request}}]),
    exit(Started, kill),
    receive {{gone, Request}, Tagged, process, Started, Last} -> say("~0p", [Last]) end,
    say("~0p", [rpc:call(b@y, erlang, group_leader, []) =:= group_leader()]).

code() ->
    say("~0p", [[is_pid(whereis(Name)) || Name <- [user, code_server, file_server_2, logger]]]),
    say("~0p", [code:is_loaded(lists) =/= false]),
    say("~0p", [filename:basename(code:which(gen_server))]),
    say("~0p", [filename:basename(code:lib_dir(stdlib))]),
    say("~0p", [code:lib_dir(nobody)]),
    say("~0p", [code:ensure_loaded(no_such_module)]),
    say("~0p", [try no_such_module:f(1) catch error:Reason:Stack -> {Reason, hd(Stack)} end]),
    say("~0p", [try register(init, self()) catch error:Why -> Why end]).

ticks() ->
    say("~0p", [net_kernel:get_net_ticktime()]),
    say("~0p", [net_kernel:set_net_ticktime(60)]),
    say("~0p", [net_kernel:set_net_ticktime(30, 30)]),
    say("~0p", [net_kernel:get_net_ticktime()]).

environment() ->
    ok = application:load(dapp),
    Keys = [from_file, from_args, from_both, from_app],
    say("~0p", [[application:get_env(dapp, Key) || Key <- Keys]]),
    say("~0p ~0p", [init:get_argument(word), init:get_plain_arguments()]),
    say("~0p", [os:getenv("HOME")]),
    say("~0p", [net_kernel:get_net_ticktime()]).

files() ->
    say("~0p", [file:consult("/data/terms.config")]),
    say("~0p", [file:read_file("/data/terms.config")]),
    say("~0p", [file:read_file("/etc/passwd")]),
    say("~0p", [file:list_dir("/data")]),
    say("~0p", [file:write_file("/data/other", "x")]),
    say("~0p", [filelib:is_regular("/data/terms.config")]),
    {ok, File} = file:open("/data/terms.config", [read, binary]),
    say("~0p", [file:read_line(File)]),
    say("~0p", [file:position(File, 0)]),
    say("~0p", [file:read(File, 4)]),
    ok = file:close(File).

%% Each way out of the simulation, and what it leads to.
ways_out() ->
    Root = code:root_dir(),
    Tries =
        [{read, fun() -> file:read_file("/etc/passwd") end},
         {read_around, fun() -> file:read_file(Root ++ "/../../../etc/passwd") end},
         {read_below, fun() -> prim_file:read_file("/etc/hostname") end},
         {open, fun() -> file:open("/etc/passwd", [read, raw, binary]) end},
         {consult, fun() -> file:consult("/etc/passwd") end},
         {list, fun() -> file:list_dir("/etc") end},
         {list_home, fun() -> file:list_dir("/root") end},
         {info, fun() -> file:read_file_info("/etc/passwd") end},
         {link, fun() -> file:make_symlink("/etc", "/link") end},
         {folder, fun() -> file:get_cwd() end},
         {change_folder, fun() -> file:set_cwd("/etc") end},
         {write, fun() -> file:write_file("/tmp/nodedown_way_out", "x") end},
         {write_otp, fun() -> file:write_file(Root ++ "/way_out", "x") end},
         {delete, fun() -> file:delete("/tmp/nodedown_way_out") end},
         {make, fun() -> file:make_dir("/tmp/nodedown_way_out") end},
         {rename, fun() -> file:rename("/etc/passwd", "/etc/other") end},
         {load, fun() -> code:load_abs("/etc/passwd") end},
         {path, fun() -> code:add_path("/etc") end},
         {environment, fun() -> [os:getenv(Name) || Name <- ["HOME", "PATH", "USER"]] end},
         {all_environment, fun() -> os:getenv() end},
         {command, fun() -> os:cmd("id") end},
         {port, fun() -> open_port({spawn, "id"}, []) end},
         {program, fun() -> open_port({spawn_executable, "/bin/sh"}, []) end},
         {descriptor, fun() -> open_port({fd, 0, 1}, []) end},
         {driver, fun() -> erl_ddll:load_driver("/usr/lib", "driver") end},
         {nif, fun() -> erlang:load_nif("/usr/lib/libc", 0) end},
         {listen, fun() -> gen_tcp:listen(0, []) end},
         {connect, fun() -> gen_tcp:connect({127, 0, 0, 1}, 22, []) end},
         {datagram, fun() -> gen_udp:open(0) end},
         {socket, fun() -> socket:open(inet, stream) end},
         {address, fun() -> inet:getaddr("localhost", inet) end},
         {interfaces, fun() -> inet:getifaddrs() end},
         {time, fun() -> element(1, calendar:universal_time()) end},
         {process, fun() -> os:getpid() end},
         {host, fun() -> inet:gethostname() end},
         {prim_read, fun() -> erl_prim_loader:get_file("/etc/passwd") end},
         {prim_list, fun() -> erl_prim_loader:list_dir("/etc") end},
         {prim_info, fun() -> erl_prim_loader:read_file_info("/etc/passwd") end},
         {wildcard, fun() -> {found, filelib:wildcard("/etc/*")} end},
         {exists, fun() -> filelib:is_file("/etc/passwd") end},
         {copy, fun() -> file:copy("/etc/passwd", "/copy") end},
         {read_link, fun() -> file:read_link("/proc/self/exe") end},
         {proc, fun() -> file:read_file("/proc/self/environ") end},
         {random_device, fun() -> file:open("/dev/urandom", [read, raw]) end},
         {program_file, fun() -> os:find_executable("sh") end},
         {lookup, fun() -> inet:gethostbyname("localhost") end},
         {interfaces_of_net, fun() -> net:getifaddrs() end},
         {name_of_net, fun() -> net:gethostname() end},
         {home, fun() -> init:get_argument(home) end},
         {zone, fun() -> calendar:local_time() =:= calendar:universal_time() end},
         {processors, fun() -> erlang:system_info(logical_processors) end},
         {line, fun() -> io:get_line("") end}],
    [say("~p ~0p", [Name, outcome(Try)]) || {Name, Try} <- Tries],
    say("done", []).

%% What is returned, or the name of what is raised.
outcome(Try) ->
    try Try() of
        Refused when Refused =:= error; Refused =:= false -> {error, Refused};
        Answer -> Answer
    catch
        Class:{Reason, _} -> {Class, Reason};
        Class:Reason -> {Class, Reason}
    end.

logs() ->
    logger:error("an error of ~p", [me]),
    logger:warning(#{what => report, who => [me]}),
    logger:notice("noticed"),
    logger:info("not told"),
    error_logger:error_msg("by error_logger ~p~n", [1]),
    timer:sleep(10),
    io:format(standard_error, "to standard error~n", []),
    io:format("half "),
    io:format("a line~nand more~n"),
    Wrong = [],
    {'EXIT', {badarg, _}} = (catch io:format("~p", Wrong)),
    io:format("~ts~n", [[228, 8364]]).

crashing() ->
    {ok, _} = supervisor:start_link({local, ?MODULE}, ?MODULE, []),
    timer:sleep(infinity).

init([]) ->
    Child = #{id => worker, start => {?MODULE, work, []}},
    {ok, {#{intensity => 3, period => 60}, [Child]}}.

work() -> {ok, proc_lib:spawn_link(fun() -> timer:sleep(1000), error({my, fault}) end)}.

worker() -> receive stop -> ok end.

stop_node() -> spawn(fun() -> timer:sleep(1000), init:stop() end).

halt_node() -> spawn(fun() -> timer:sleep(1000), halt(1) end).

%% Tells of the nodes that come and go.
watch() -> spawn(fun watching/0).

watching() ->
    ok = net_kernel:monitor_nodes(true, [nodedown_reason, {node_type, all}]),
    ok = net_kernel:monitor_nodes(true),
    watched().

watched() ->
    receive Message -> say("~0p", [Message]) end,
    watched().

%% Connects to the first node again and again, and has the name that everybody wants when it is gone.
meet() -> spawn(fun() -> meet(false) end).

meet(Has) ->
    Connected = net_adm:ping(a@x) =:= pong,
    timer:sleep(500),
    case whereis(the_process) of
        undefined when not Connected, not Has -> register_global(), meet(true);
        _ -> meet(Has)
    end.

register_global() ->
    spawn(fun() ->
        register(the_process, self()),
        global:register_name(the_name, self(), fun ?MODULE:resolve/3),
        named()
    end).

named() ->
    receive {resolved, With} -> say("lost against ~0p", [node(With)]) after 1000 -> ok end,
    case global:whereis_name(the_name) of
        undefined -> ok;
        Pid -> say("the_name ~0p", [node(Pid)])
    end,
    named().

%% The one on the node with the smaller name wins.
resolve(_, One, Other) ->
    [First, Second] = lists:sort(fun(A, B) -> node(A) =< node(B) end, [One, Other]),
    Second ! {resolved, First},
    First.
