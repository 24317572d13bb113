%% The cost of calls to a process that has many messages, in reductions.
-module(mailbox).
-behaviour(gen_server).
-export([main/0, init/1, handle_call/3, handle_cast/2, handle_info/2]).

-define(CALLS, 10).
-define(MESSAGES, 100000).

main() ->
    {ok, Server} = gen_server:start({local, ?MODULE}, ?MODULE, [], []),
    Calls = [{pid, fun() -> ok = gen_server:call(Server, request) end},
             {name, fun() -> ok = gen_server:call(?MODULE, request) end},
             {infinity, fun() -> ok = gen_server:call(Server, request, infinity) end},
             {multi_call, fun() -> {[_], []} = gen_server:multi_call([node()], ?MODULE, request) end},
             {erpc, fun() -> 3 = erpc:call(node(), erlang, '+', [1, 2]) end},
             {reference, fun() -> Ref = make_ref(), Server ! {request, self(), Ref},
                                  receive {Ref, ok} -> ok end end}],
    Few = [{Name, cost(Call)} || {Name, Call} <- Calls],
    [self() ! {other, N} || N <- lists:seq(1, ?MESSAGES)],
    [io:format("| ~s ~b ~b~n", [Name, Cost, cost(Call)]) ||
        {{Name, Cost}, {Name, Call}} <- lists:zip(Few, Calls)],
    io:format("| no_mark 0 ~b~n", [cost(fun() -> self() ! last, receive last -> ok end end)]),
    {message_queue_len, ?MESSAGES} = process_info(self(), message_queue_len).

%% The reductions of some calls, counted from one wait to another.
cost(Call) ->
    Call(),
    Before = reductions(),
    [Call() || _ <- lists:seq(1, ?CALLS)],
    reductions() - Before.

reductions() ->
    receive after 1 -> ok end,
    {reductions, Count} = process_info(self(), reductions),
    Count.

init([]) -> {ok, nothing}.

handle_call(request, _From, State) -> {reply, ok, State}.

handle_cast(_Request, State) -> {noreply, State}.

handle_info({request, From, Ref}, State) -> From ! {Ref, ok}, {noreply, State}.
