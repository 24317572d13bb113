%% One of two servers that have all accounts: the one with the global name answers, and answers a put
%% when the other one has it. When it is gone, the other one takes the name.
%%
%% This is enough for the loss of a node. Where the network is cut, both sides answer.
-module(bank_server).
-behaviour(gen_server).

%% The pause before it looks for the name again.
-define(PAUSE, 20).

-export([start_link/0]).
-export([init/1, handle_continue/2, handle_call/3, handle_cast/2, handle_info/2]).

start_link() ->
    gen_server:start_link({local, bank}, ?MODULE, [], []).

init([]) ->
    {ok, #{accounts => #{}, done => #{}, last => 0, leader => undefined}, {continue, join}}.

%% Takes the name, or follows the one that has it. The names of nodes that have just connected are
%% known when global has agreed with them.
handle_continue(join, State) ->
    ok = global:sync(),
    case global:whereis_name(bank) of
        undefined ->
            case global:register_name(bank, self()) of
                yes -> {noreply, State#{leader := self()}};
                no -> look_again(State)
            end;
        Self when Self =:= self() ->
            {noreply, State#{leader := self()}};
        Leader ->
            case lists:member(node(Leader), nodes()) of
                true ->
                    erlang:monitor(process, Leader),
                    %% Nobody waits for the answer: the leader may be waiting for this server.
                    gen_server:cast(Leader, {join, self()}),
                    {noreply, State#{leader := Leader}};
                false ->
                    %% Its node is gone, and so is the name in a moment.
                    look_again(State)
            end
    end.

look_again(State) ->
    erlang:send_after(?PAUSE, self(), join),
    {noreply, State}.

handle_call({get, Account}, _From, #{leader := Leader, accounts := Accounts} = State) when
    Leader =:= self()
->
    case Accounts of
        #{Account := {_, Balance}} -> {reply, {ok, Balance}, State};
        #{} -> {reply, not_found, State}
    end;
handle_call({put, Request, Account, Balance}, _From, #{leader := Leader, done := Done} = State) when
    Leader =:= self()
->
    case Done of
        #{Request := _} ->
            {reply, ok, State};
        #{} ->
            #{last := Last} = State,
            Put = {replicate, Last + 1, Request, Account, Balance},
            {_Replies, _Bad} = gen_server:multi_call(nodes(), bank, Put),
            {reply, ok, put(Last + 1, Request, Account, Balance, State)}
    end;
handle_call({replicate, Number, Request, Account, Balance}, _From, State) ->
    {reply, ok, put(Number, Request, Account, Balance, State)};
handle_call(_Request, _From, State) ->
    {reply, {error, not_leading}, State}.

put(Number, Request, Account, Balance, State) ->
    merge(#{Account => {Number, Balance}}, #{Request => true}, Number, State).

%% Of two balances of an account the later one counts.
merge(Others, OthersDone, Number, #{accounts := Accounts, done := Done, last := Last} = State) ->
    Later = fun(_Account, Known, Other) -> max(Known, Other) end,
    State#{
        accounts := maps:merge_with(Later, Accounts, Others),
        done := maps:merge(Done, OthersDone),
        last := max(Number, Last)
    }.

handle_cast({join, Server}, #{accounts := Accounts, done := Done, last := Last} = State) ->
    Server ! {accounts, Accounts, Done, Last},
    {noreply, State};
handle_cast(_Message, State) ->
    {noreply, State}.

handle_info({accounts, Accounts, Done, Last}, State) ->
    {noreply, merge(Accounts, Done, Last, State)};
handle_info({'DOWN', _, process, _, _}, State) ->
    {noreply, State#{leader := undefined}, {continue, join}};
handle_info(join, State) ->
    {noreply, State, {continue, join}};
handle_info(_Message, State) ->
    {noreply, State}.
