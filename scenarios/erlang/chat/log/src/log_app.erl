%% The application: a supervisor with one server.
-module(log_app).
-behaviour(application).
-behaviour(supervisor).

-export([start/2, stop/1]).
-export([init/1]).

start(_StartType, _Arguments) ->
    supervisor:start_link({local, log_sup}, ?MODULE, []).

stop(_State) ->
    ok.

init([]) ->
    Server = #{id => log, start => {log_server, start_link, []}},
    {ok, {#{strategy => one_for_one, intensity => 3, period => 5}, [Server]}}.
