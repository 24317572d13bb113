%% The application: a process that takes requests, and a supervisor of those that serve them.
-module(http_app).
-behaviour(application).
-behaviour(supervisor).

-export([start/2, stop/1]).
-export([init/1]).

start(_StartType, _Arguments) ->
    supervisor:start_link({local, http_sup}, ?MODULE, front).

stop(_State) ->
    ok.

init(front) ->
    Requests = #{id => http_requests, type => supervisor,
                 start => {supervisor, start_link, [{local, http_requests}, ?MODULE, requests]}},
    Server = #{id => http, start => {http_server, start_link, []}},
    {ok, {#{strategy => rest_for_one}, [Requests, Server]}};
init(requests) ->
    Request = #{id => request, start => {http_request, start_link, []}, restart => temporary},
    {ok, {#{strategy => simple_one_for_one}, [Request]}}.
