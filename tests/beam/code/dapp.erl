%% A distributed application, and a client that asks its server once a second.
-module(dapp).
-behaviour(application).
-behaviour(supervisor).
-behaviour(gen_server).
-export([start/2, stop/1, init/1, start_server/0, handle_call/3, handle_cast/2]).
-export([client/0, ask/0]).

start(Type, _) ->
    logger:notice("dapp starts: ~p", [Type]),
    supervisor:start_link({local, dapp_sup}, ?MODULE, supervisor).

stop(_) -> ok.

init(supervisor) -> {ok, {#{}, [#{id => server, start => {?MODULE, start_server, []}}]}};
init(server) -> {ok, 0}.

start_server() -> gen_server:start_link({global, dapp_server}, ?MODULE, server, []).

handle_call(where, _, Count) -> {reply, {node(), Count}, Count + 1}.

handle_cast(_, Count) -> {noreply, Count}.

client() -> spawn(?MODULE, ask, []).

ask() ->
    try gen_server:call({global, dapp_server}, where, 1000) of
        {Node, Count} -> io:format("answer ~p ~p~n", [Node, Count])
    catch
        exit:{Reason, _} -> io:format("no answer ~p~n", [Reason])
    end,
    timer:sleep(1000),
    ask().
