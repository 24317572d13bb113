%% Programs in Erlang that are timed on simulated nodes and on real ones.
-module(programs).
-behaviour(gen_server).
-export([time/0, fib/1, nrev/1, tak/1, sort/1, records/1, maps/1, ping_pong/1, calls/1]).
-export([init/1, handle_call/3, handle_cast/2]).

-record(state, {a = 0, b = 1, c = 2}).

%% Prints the microseconds of each program that the arguments name with a number, the least of three.
time() ->
    [io:format("~s ~b~n", [Name, lists:min([once(list_to_atom(Name), list_to_integer(Number))
                                            || _ <- [1, 2, 3]])])
     || {Name, Number} <- pairs(init:get_plain_arguments())],
    halt().

pairs([Name, Number | Rest]) -> [{Name, Number} | pairs(Rest)];
pairs([]) -> [].

once(Name, Number) ->
    {Time, _} = timer:tc(?MODULE, Name, [Number]),
    Time.

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

%% A list of 30 elements, reversed naively so many times.
nrev(Times) -> nrev(Times, lists:seq(1, 30)).

nrev(0, _) -> ok;
nrev(Times, List) ->
    rev(List),
    nrev(Times - 1, List).

rev([]) -> [];
rev([Head | Tail]) -> app(rev(Tail), [Head]).

app([], List) -> List;
app([Head | Tail], List) -> [Head | app(Tail, List)].

tak(0) -> ok;
tak(Times) ->
    tak(18, 12, 6),
    tak(Times - 1).

tak(X, Y, Z) when Y < X ->
    tak(tak(X - 1, Y, Z), tak(Y - 1, Z, X), tak(Z - 1, X, Y));
tak(_, _, Z) -> Z.

sort(Length) -> length(lists:sort(numbers(Length, 1, []))).

numbers(0, _, Numbers) -> Numbers;
numbers(Left, Last, Numbers) ->
    Next = (Last * 1103515245 + 12345) band 16#7fffffff,
    numbers(Left - 1, Next, [Next | Numbers]).

records(Times) -> records(Times, #state{}).

records(0, State) -> State#state.a;
records(Times, #state{a = A} = State) -> records(Times - 1, State#state{a = A + 1}).

maps(Times) -> maps(Times, #{a => 0, b => 1, c => 2, d => 3}).

maps(0, #{a := A}) -> A;
maps(Times, #{a := A} = Map) -> maps(Times - 1, Map#{a := A + 1}).

ping_pong(Times) ->
    Self = self(),
    Other = spawn_link(fun() -> pong(Self) end),
    ping(Times, Other),
    unlink(Other),
    exit(Other, kill).

ping(0, _) -> ok;
ping(Times, Other) ->
    Other ! {ping, self()},
    receive pong -> ping(Times - 1, Other) end.

pong(To) ->
    receive {ping, To} -> To ! pong, pong(To) end.

calls(Times) ->
    {ok, Server} = gen_server:start(?MODULE, [], []),
    call(Times, Server),
    gen_server:stop(Server).

call(0, _) -> ok;
call(Times, Server) ->
    Times = gen_server:call(Server, Times),
    call(Times - 1, Server).

init([]) -> {ok, nothing}.

handle_call(Request, _From, State) -> {reply, Request, State}.

handle_cast(_Request, State) -> {noreply, State}.
