%% The application: a supervisor with one store.
-module(database_store_app).
-behaviour(application).
-behaviour(supervisor).

-export([start/2, stop/1]).
-export([init/1]).

start(_StartType, _Arguments) ->
    supervisor:start_link({local, database_store_sup}, ?MODULE, []).

stop(_State) ->
    ok.

init([]) ->
    Store = #{id => database_store, start => {database_store, start_link, []}},
    {ok, {#{strategy => one_for_one, intensity => 3, period => 5}, [Store]}}.
