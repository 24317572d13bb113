%% A counter whose total outlives its process: it is in the table of the supervisor before anybody is
%% answered.
-module(counter).
-behaviour(gen_server).

-export([start_link/0, add/1, total/0]).
-export([init/1, handle_call/3, handle_cast/2]).

start_link() ->
    gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

%% Adds to the total, and returns it.
add(Amount) ->
    call({add, Amount}).

total() ->
    call(total).

%% Where nobody answers, nothing was done, or nobody knows.
call(Request) ->
    gen_server:call(?MODULE, Request).

init([]) ->
    case ets:lookup(counter_table, total) of
        [{total, Total}] -> {ok, Total};
        [] -> {ok, 0}
    end.

handle_call({add, Amount}, _From, Total) ->
    ets:insert(counter_table, {total, Total + Amount}),
    {reply, {ok, Total + Amount}, Total + Amount};
handle_call(total, _From, Total) ->
    {reply, {ok, Total}, Total}.

handle_cast(_Message, Total) ->
    {noreply, Total}.
