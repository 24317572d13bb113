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
    {ok, #{accounts => #{}, done => #{}, leader => undefined}, {continue, join}}.

%% Takes the name, or follows the one that has it.
handle_continue(join, State) ->
    case global:whereis_name(bank) of
        undefined ->
            case global:register_name(bank, self()) of
                yes -> {noreply, State#{leader := self()}};
                no -> {noreply, State, {continue, join}}
            end;
        Self when Self =:= self() ->
            {noreply, State#{leader := self()}};
        Leader ->
            case lists:member(node(Leader), nodes()) of
                true ->
                    erlang:monitor(process, Leader),
                    follow(Leader, State);
                false ->
                    %% Its node is gone, and so is the name in a moment.
                    erlang:send_after(?PAUSE, self(), join),
                    {noreply, State}
            end
    end.

%% A leader that is gone leaves the accounts as they are here.
follow(Leader, State) ->
    try gen_server:call(Leader, join) of
        {accounts, Accounts, Done} ->
            {noreply, State#{accounts := Accounts, done := Done, leader := Leader}}
    catch
        exit:_ -> {noreply, State#{leader := Leader}}
    end.

handle_call({get, Account}, _From, #{leader := Leader, accounts := Accounts} = State) when
    Leader =:= self()
->
    case Accounts of
        #{Account := Balance} -> {reply, {ok, Balance}, State};
        #{} -> {reply, not_found, State}
    end;
handle_call({put, Request, Account, Balance}, _From, #{leader := Leader, done := Done} = State) when
    Leader =:= self()
->
    case Done of
        #{Request := _} ->
            {reply, ok, State};
        #{} ->
            Put = {replicate, Request, Account, Balance},
            {_Replies, _Bad} = gen_server:multi_call(nodes(), bank, Put),
            {reply, ok, put(Request, Account, Balance, State)}
    end;
handle_call({replicate, Request, Account, Balance}, _From, State) ->
    {reply, ok, put(Request, Account, Balance, State)};
handle_call(join, _From, #{accounts := Accounts, done := Done} = State) ->
    {reply, {accounts, Accounts, Done}, State};
handle_call(_Request, _From, State) ->
    {reply, {error, not_leading}, State}.

put(Request, Account, Balance, #{accounts := Accounts, done := Done} = State) ->
    State#{accounts := Accounts#{Account => Balance}, done := Done#{Request => true}}.

handle_cast(_Message, State) ->
    {noreply, State}.

handle_info({'DOWN', _, process, Leader, _}, #{leader := Leader} = State) ->
    {noreply, State#{leader := undefined}, {continue, join}};
handle_info({'DOWN', _, process, _, _}, State) ->
    {noreply, State, {continue, join}};
handle_info(join, State) ->
    {noreply, State, {continue, join}};
handle_info(_Message, State) ->
    {noreply, State}.
