%% The application, and the supervisor of its one server. It need not be changed.
-module(basket_sup).
-behaviour(application).
-behaviour(supervisor).

-export([start/2, stop/1, init/1]).

start(_Type, _Arguments) ->
    supervisor:start_link({local, ?MODULE}, ?MODULE, []).

stop(_State) ->
    ok.

init([]) ->
    Server = #{id => basket, start => {basket, start_link, []}},
    {ok, {#{intensity => 5, period => 10}, [Server]}}.
