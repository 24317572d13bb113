%% The distributed application of the transcripts: a supervisor with one echo server, registered
%% under the name of the application. It remembers how it was started, for `where`.
%%
%% The callback module of an application has the application's name, since it appears in what a
%% failed start answers; `source/1` is that module, which passes everything on to this one.
-module(recorded_application).
-export([source/1, load/2, how_it_runs/1]).
-export([start/2, stop/1]).

source(Name) ->
    io_lib:format("-module(~w).~n"
                  "-behaviour(application).~n"
                  "-export([start/2, start_phase/3, stop/1]).~n"
                  "start(Type, []) -> recorded_application:start(Type, ~w).~n"
                  "start_phase(go, _Type, []) -> ok.~n"
                  "stop(Name) -> recorded_application:stop(Name).~n", [Name, Name]).

%% Options: `phases`, and `{fails_on, Node}`.
load(Name, Options) ->
    persistent_term:put({?MODULE, fails_on, Name}, proplists:get_value(fails_on, Options)),
    Phases = [{start_phases, [{go, []}]} || lists:member(phases, Options)],
    Keys = [{description, ""}, {vsn, "1"}, {modules, []}, {registered, [Name]},
            {applications, [kernel, stdlib]}, {mod, {Name, []}} | Phases],
    application:load({application, Name, Keys}).

%% `none` if it does not run on this node.
how_it_runs(Name) -> persistent_term:get({?MODULE, Name}, none).

start(Type, Name) ->
    case persistent_term:get({?MODULE, fails_on, Name}) =:= node() of
        true -> {error, nope};
        false -> started(Type, Name)
    end.

started(Type, Name) ->
    Flags = #{strategy => one_for_one, intensity => 0},
    {ok, Supervisor} = echo_supervisor:start_link(none, Flags, [{Name, permanent}]),
    persistent_term:put({?MODULE, Name}, Type),
    {ok, Supervisor, Name}.

stop(Name) -> persistent_term:erase({?MODULE, Name}).
