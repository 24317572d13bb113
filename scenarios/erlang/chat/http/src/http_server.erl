%% Takes requests, and starts a process for each.
-module(http_server).
-behaviour(gen_server).

-export([start_link/0]).
-export([init/1, handle_call/3, handle_cast/2]).

start_link() ->
    gen_server:start_link({local, http}, ?MODULE, [], []).

init([]) ->
    {ok, []}.

handle_call(#{operation := Operation, within_ms := Within}, From, State) ->
    case supervisor:start_child(http_requests, [From, Operation, Within]) of
        {ok, _} ->
            {noreply, State};
        {error, Reason} ->
            {reply, {error, {unavailable, text(Reason)}}, State}
    end.

handle_cast(_Message, State) ->
    {noreply, State}.

text(Reason) ->
    unicode:characters_to_binary(io_lib:format("~p", [Reason])).
