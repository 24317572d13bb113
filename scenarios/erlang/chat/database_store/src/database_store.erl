%% The log as one node has it. A store follows the leader of the latest epoch that it knows of, and
%% refuses what comes from an earlier one.
-module(database_store).
-behaviour(gen_server).

-export([start_link/0]).
-export([init/1, handle_call/3, handle_cast/2]).

-type epoch() :: {non_neg_integer(), node()}.
-type entry() :: {epoch(), Room :: binary(), pos_integer(), Text :: binary(), Key :: term()}.
-export_type([epoch/0, entry/0]).

start_link() ->
    gen_server:start_link({local, database_store}, ?MODULE, [], []).

init([]) ->
    None = {0, node()},
    {ok, #{follows => None, epoch => None, entries => []}}.

handle_call(latest, _From, #{follows := Follows} = State) ->
    {reply, {follows, Follows}, State};
handle_call({elect, {Number, _} = Epoch}, _From, #{follows := {Latest, _}} = State) when
    Number > Latest
->
    #{epoch := Last, entries := Entries} = State,
    {reply, {elected, Last, Entries}, State#{follows := Epoch}};
handle_call({elect, _Epoch}, _From, #{follows := Follows} = State) ->
    {reply, {fenced, Follows}, State};
handle_call({append, Epoch, At, Entries}, _From, State) ->
    {Reply, NewState} = append(Epoch, At, Entries, State),
    {reply, Reply, NewState}.

handle_cast({append, Epoch, At, Entries, Leader}, State) ->
    {Reply, NewState} = append(Epoch, At, Entries, State),
    case Reply of
        appended -> ok;
        NotAppended -> gen_server:cast(Leader, {not_appended, node(), NotAppended})
    end,
    {noreply, NewState}.

%% Entries follow on what is here, or are the whole log.
append(Epoch, _At, _Entries, #{follows := Follows} = State) when Epoch < Follows ->
    {{fenced, Follows}, State};
append(Epoch, At, Entries, #{epoch := Last, entries := Known} = State) when
    At =:= 0; Epoch =:= Last, At =< length(Known)
->
    All = lists:sublist(Known, At) ++ Entries,
    {appended, State#{follows := Epoch, epoch := Epoch, entries := All}};
append(_Epoch, _At, _Entries, State) ->
    {behind, State}.
