%% An application with a supervisor and a server, and its start without the rest of the kernel.
-module(small_app).
-behaviour(application).
-behaviour(gen_server).
-export([boot/1, start/2, stop/1, init/1, handle_call/3, handle_cast/2]).

boot(To) ->
    {ok, _} = logger_server:start_link(),
    {ok, _} = application_controller:start(app(kernel, [{mod, {kernel, []}}])),
    ok = application:load(app(small, [{mod, {?MODULE, [arg]}}, {env, [{key, value}]}])),
    {ok, value} = application:get_env(small, key),
    ok = application:start(small),
    To ! {running, application:which_applications(), gen_server:call(small_server, double)},
    ok = application:stop(small),
    To ! {stopped, application:which_applications(), whereis(small_server)}.

app(Name, More) ->
    {application, Name,
     [{description, "d"}, {vsn, "1"}, {modules, []}, {registered, []}, {applications, []} | More]}.

start(normal, [arg]) -> supervisor:start_link(?MODULE, supervisor).

stop(_) -> ok.

init(supervisor) ->
    Start = {gen_server, start_link, [{local, small_server}, ?MODULE, 21, []]},
    {ok, {#{}, [#{id => server, start => Start}]}};
init(Number) -> {ok, Number}.

handle_call(double, _From, Number) -> {reply, Number * 2, Number}.

handle_cast(_, Number) -> {noreply, Number}.
