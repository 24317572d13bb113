%% A server and its users, for the tests of compiled code on simulated nodes.
-module(counter).
-behaviour(gen_server).
-export([main/1, serve/0, ask/2, wait/2, crash/1, funs/1, supervise/1, tables/1, await/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2]).

%% A server on one node, asked by its starter.
main(To) ->
    {ok, Pid} = gen_server:start_link({local, counter}, ?MODULE, [], []),
    One = gen_server:call(counter, {add, 1}),
    ok = gen_server:cast(Pid, {add, 10}),
    Eleven = gen_server:call(Pid, get),
    Late = (catch gen_server:call(Pid, never, 50)),
    Pid ! {add, 100},
    Sum = gen_server:call(Pid, get),
    ok = gen_server:stop(counter),
    To ! {main, One, Eleven, element(1, Late), element(1, element(2, Late)), Sum,
          whereis(counter), is_process_alive(Pid)}.

%% A server that stays.
serve() ->
    {ok, _} = gen_server:start_link({local, counter}, ?MODULE, [], []),
    receive stop -> ok end.

%% A user on another node.
ask(To, Node) ->
    Monitor = monitor(process, {counter, Node}),
    Answers = [gen_server:call({counter, Node}, {add, N}) || N <- [1, 2, 3]],
    To ! {answers, Answers, node()},
    receive {'DOWN', Monitor, process, Object, Reason} -> To ! {down, Object, Reason} end,
    Error = try gen_server:call({counter, Node}, get) catch exit:{R, _} -> R end,
    To ! {error, Error}.

%% Timers, and the order of messages.
wait(To, Time) ->
    Begin = erlang:monotonic_time(millisecond),
    Timer = erlang:start_timer(Time div 2, self(), half),
    self() ! second,
    self() ! first,
    receive first -> ok end,
    receive second -> ok end,
    receive {timeout, Timer, half} -> ok end,
    Half = erlang:monotonic_time(millisecond) - Begin,
    receive never -> ok after Time - Half -> ok end,
    Full = erlang:monotonic_time(millisecond) - Begin,
    Empty = receive _ -> message after 0 -> nothing end,
    To ! {waited, Half, Full, Empty}.

%% A link, a trapped exit, an error that nobody catches.
crash(To) ->
    process_flag(trap_exit, true),
    Pid = spawn_link(fun() -> receive N -> 1 / N end end),
    Pid ! 0,
    receive {'EXIT', Pid, {Reason, [{M, F, A, _} | _]}} -> To ! {crashed, Reason, M, F, A} end.

%% Functions in messages.
funs(To) ->
    Self = self(),
    Add = 5,
    Pid = spawn(fun() -> receive {From, F} -> From ! {result, F(37)} end end),
    Pid ! {Self, fun(X) -> X + Add end},
    receive {result, R} -> To ! {result, R} end.

%% A server that its supervisor starts again.
supervise(To) ->
    {ok, _} = logger_server:start_link(),
    {ok, Sup} = supervisor:start_link(?MODULE, supervisor),
    One = gen_server:call(counter, {add, 1}),
    First = whereis(counter),
    exit(First, kill),
    timer:sleep(10),
    Again = gen_server:call(counter, get),
    To ! {supervised, One, Again, whereis(counter) =/= First, supervisor:count_children(Sup)}.

%% Tables that are gone with their owners, or go to their heirs.
tables(To) ->
    Self = self(),
    Start = fun(Options) ->
        fun() -> ets:new(rows, [named_table | Options]), ets:insert(rows, {a, 1}),
                 Self ! ready, receive stop -> ok end end
    end,
    First = spawn(Start([])),
    receive ready -> ok end,
    One = ets:lookup(rows, a),
    exit(First, kill),
    timer:sleep(1),
    Gone = ets:info(rows),
    Second = spawn(Start([{heir, self(), mine}])),
    receive ready -> ok end,
    Second ! stop,
    receive {'ETS-TRANSFER', rows, Second, mine} -> ok end,
    To ! {tables, One, Gone, ets:info(rows, owner) =:= self(), ets:lookup(rows, a)}.

init(supervisor) ->
    Start = {gen_server, start_link, [{local, counter}, ?MODULE, [], []]},
    {ok, {#{strategy => one_for_one}, [#{id => counter, start => Start}]}};
init([]) -> {ok, 0}.

handle_call({add, N}, _From, Count) -> {reply, Count + N, Count + N};
handle_call(get, _From, Count) -> {reply, Count, Count};
handle_call(never, _From, Count) -> {noreply, Count}.

handle_cast({add, N}, Count) -> {noreply, Count + N}.

handle_info({add, N}, Count) -> {noreply, Count + N}.

terminate(_Reason, _Count) -> ok.

%% Waits for a message without a receive, as OTP 28's servers do; one that is there already is enough.
await(Observer) ->
    Self = self(),
    spawn(fun() -> timer:sleep(200), Self ! woken end),
    Start = erlang:monotonic_time(millisecond),
    ok = erlang:hibernate(),
    Waited = erlang:monotonic_time(millisecond) - Start,
    Message = receive One -> One after 0 -> none end,
    Self ! more,
    ok = erlang:hibernate(),
    Observer ! {awaited, Message, Waited, receive Other -> Other after 0 -> none end}.
