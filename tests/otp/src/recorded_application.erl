%% The distributed application of the transcripts: a supervisor with one echo server, registered
%% under the name of the application. It remembers how it was started, for `where`.
-module(recorded_application).
-behaviour(application).
-export([load/2, how_it_runs/1]).
-export([start/2, start_phase/3, stop/1]).

%% Options: `phases`, and `{fails_on, Node}`.
load(Name, Options) ->
    Phases = [{start_phases, [{go, []}]} || lists:member(phases, Options)],
    Keys = [{description, ""}, {vsn, "1"}, {modules, []}, {registered, [Name]},
            {applications, [kernel, stdlib]}, {mod, {?MODULE, {Name, Options}}} | Phases],
    application:load({application, Name, Keys}).

%% `none` if it does not run on this node.
how_it_runs(Name) -> persistent_term:get({?MODULE, Name}, none).

start(Type, {Name, Options}) ->
    case proplists:get_value(fails_on, Options) =:= node() of
        true -> {error, nope};
        false -> started(Type, Name)
    end.

started(Type, Name) ->
    Flags = #{strategy => one_for_one, intensity => 0},
    {ok, Supervisor} = echo_supervisor:start_link(none, Flags, [{Name, permanent}]),
    persistent_term:put({?MODULE, Name}, Type),
    {ok, Supervisor, Name}.

start_phase(go, _Type, _Arguments) -> ok.

stop(Name) -> persistent_term:erase({?MODULE, Name}).
