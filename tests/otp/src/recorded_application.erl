%% The applications of the transcripts: a supervisor with one echo server, registered under the name
%% of the application. It remembers how it was started, for `where`.
%%
%% The callback module of an application has the application's name, since it appears in what a
%% failed start answers; `source/2` is that module, which passes everything on to this one.
-module(recorded_application).
-export([source/2, keys/2, how_it_runs/1]).
-export([start/3, start_phase/4, prep_stop/2, stop/2]).

%% Options, of which `start/3` and the others make use: `{fails_on, Node}`, `{fails_in, Phase}`,
%% `{start, What}`, `{tell, Destination}`, `stray`.
source(Name, Options) ->
    io_lib:format("-module(~w).~n"
                  "-behaviour(application).~n"
                  "-export([start/2, start_phase/3, prep_stop/1, stop/1]).~n"
                  "options() -> ~p.~n"
                  "start(Type, []) -> recorded_application:start(Type, ~w, options()).~n"
                  "start_phase(Phase, Type, []) ->~n"
                  "    recorded_application:start_phase(Phase, Type, ~w, options()).~n"
                  "prep_stop(Name) -> recorded_application:prep_stop(Name, options()).~n"
                  "stop(Name) -> recorded_application:stop(Name, options()).~n",
                  [Name, Options, Name, Name]).

%% The keys of the application's resource file.
keys(Name, #{needs := Needs, env := Env, phases := Phases}) ->
    [{description, ""}, {vsn, "1"}, {modules, []}, {registered, [Name]},
     {applications, [kernel, stdlib | Needs]}, {env, Env}, {mod, {Name, []}}
     | [{start_phases, [{Phase, []} || Phase <- Phases]} || Phases =/= []]].

%% `none` if it does not run on this node. A start phase that failed leaves the type, and even the
%% supervisor, behind.
how_it_runs(Name) ->
    case lists:keymember(Name, 1, application:which_applications(infinity)) of
        true -> persistent_term:get({?MODULE, Name}, none);
        false -> none
    end.

supervisor(Name) -> list_to_atom(atom_to_list(Name) ++ "_sup").

start(Type, Name, Options) ->
    tell({start, Name, Type}, Options),
    case proplists:get_value(fails_on, Options) =:= node() of
        true -> {error, nope};
        false -> begins(proplists:get_value(start, Options, {child, normally}), Type, Name, Options)
    end.

begins({child, Init}, Type, Name, Options) ->
    [start_stray(Name, Options) || lists:member(stray, Options)],
    Flags = #{strategy => one_for_one, intensity => 0},
    Own = [{init, Init} | case lists:keyfind(tell, 1, Options) of
                              false -> [];
                              Tell -> [trap_exit, Tell]
                          end],
    case echo_supervisor:start_link({local, supervisor(Name)}, Flags, [{Name, permanent, 5000, Own}]) of
        {ok, Supervisor} ->
            persistent_term:put({?MODULE, Name}, Type),
            {ok, Supervisor, Name};
        NotStarted ->
            NotStarted
    end;
begins(Returns, _Type, _Name, _Options) ->
    Returns.

%% A process of the application that is not in its tree.
start_stray(Name, Options) ->
    Self = self(),
    spawn(fun() ->
        witness:watch(self()),
        process_flag(trap_exit, true),
        register(list_to_atom(atom_to_list(Name) ++ "_stray"), self()),
        Self ! stray_is_there,
        stray(Name, Options)
    end),
    receive stray_is_there -> ok end.

stray(Name, Options) ->
    receive Message -> tell({stray, Name, Message}, Options) end,
    stray(Name, Options).

start_phase(Phase, Type, Name, Options) ->
    tell({start_phase, Name, Phase, Type}, Options),
    case proplists:get_value(fails_in, Options) of
        Phase -> {error, nope};
        _ -> ok
    end.

prep_stop(Name, Options) ->
    tell({prep_stop, Name}, Options),
    Name.

stop(Name, Options) ->
    tell({stop, Name}, Options),
    persistent_term:erase({?MODULE, Name}).

tell(Message, Options) ->
    case proplists:get_value(tell, Options) of
        undefined -> ok;
        {Name, Node} -> {Name, Node} ! Message;
        Name -> {Name, node()} ! Message
    end.
