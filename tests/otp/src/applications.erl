%% The applications of a transcript: declared before their nodes boot, then started, stopped and
%% looked for on all of them.
-module(applications).
-export([declare/3, arguments/3, load/2, at_all/4, name_and_type/2, running/2, where/2]).

-define(PATIENCE_MS, 30000).
%% A load that takes longer waits for another node.
-define(LOAD_MS, 2000).

declare(Name, Words, #{cluster := Cluster, applications := Applications} = Session) ->
    {Bare, Options} = words:options(Words),
    {Flags, Groups} = lists:partition(fun is_flag/1, Bare),
    Full = fun(Node) -> cluster:full_name(Cluster, Node) end,
    Application = #{groups => [group(Group) || Group <- Groups],
                    local => lists:member("local", Flags),
                    timeout => words:duration(maps:get(timeout, Options, "0ms")),
                    type => list_to_atom(maps:get(type, Options, "temporary")),
                    differs_on => list_to_atom(maps:get(differs_on, Options, "none")),
                    absent_on => list_to_atom(maps:get(absent_on, Options, "none")),
                    needs => atoms(maps:get(needs, Options, "")),
                    env => words:term(maps:get(env, Options, "[]"), Full),
                    phases => phases(Flags, Options)},
    compile(Name, Application, callbacks(Flags, Options, Full), Cluster),
    Session#{applications := Applications#{Name => Application}}.

is_flag(Word) -> lists:member(Word, ["local", "phases", "stray"]).

phases(Flags, Options) ->
    Usual = case lists:member("phases", Flags) of true -> "go"; false -> "" end,
    atoms(maps:get(phases, Options, Usual)).

atoms(Words) -> [list_to_atom(Word) || Word <- string:lexemes(Words, ",")].

%% The options of the callback module.
callbacks(Flags, Options, Full) ->
    [stray || lists:member("stray", Flags)]
        ++ [{fails_on, Full(list_to_atom(Node))} || #{fails_on := Node} <- [Options]]
        ++ [{Key, words:term(maps:get(Key, Options), Full)}
            || Key <- [fails_in, start, tell], is_map_key(Key, Options)].

%% Where the nodes look for modules. The resource file of a local application is there as well, that
%% of a distributed one in a folder of its own, which only its nodes look into.
compile(Name, #{local := IsLocal} = Application, Options, #{build := Build} = Cluster) ->
    Source = recorded_application:source(list_to_atom(Name), Options),
    Resource = {application, list_to_atom(Name), keys(Name, Application)},
    Folder = case IsLocal of true -> Build; false -> folder(Name, Cluster) end,
    [file:delete(filename:join(Each, Name ++ ".app")) || Each <- [Build, folder(Name, Cluster)]],
    Placed = filename:join(Folder, Name ++ ".app"),
    ok = machine:provide(filename:join(Build, Name), Source, {Placed, Resource}).

folder(Name, #{build := Build}) -> filename:join(Build, Name ++ "_ebin").

keys(Name, Application) -> recorded_application:keys(list_to_atom(Name), Application).

%% Nodes of the same priority stand in a tuple.
group("{" ++ Rest) ->
    [list_to_atom(Name) || Name <- string:lexemes(Rest, ",} ")];
group(Name) ->
    [list_to_atom(Name)].

%% ---- boot ---------------------------------------------------------------------------------------

%% The arguments of `erl` for a node that boots with distributed applications.
arguments(Node, Cluster, #{applications := Applications}) ->
    case [Each || Each = {_, #{local := false} = Application} <- maps:to_list(Applications),
                  runs(Node, Application)] of
        [] -> [];
        Own ->
            Folders = [folder(Name, Cluster) || {Name, #{absent_on := Absent}} <- Own, Node =/= Absent],
            ["-kernel" | parameters(Node, Cluster, Own)]
                ++ lists:append([["-pa", Folder] || Folder <- Folders])
    end.

runs(Node, Application) -> lists:member(Node, candidates(Application)).

candidates(#{groups := Groups}) -> lists:append(Groups).

%% The parameters of the kernel, each with its value.
parameters(Node, Cluster, Own) ->
    Partners = lists:usort(lists:append([candidates(Application) || {_, Application} <- Own])),
    Full = fun(Name) -> cluster:full_name(Cluster, Name) end,
    lists:append([[atom_to_list(Name), lists:flatten(io_lib:format("~w", [Value]))]
                  || {Name, Value} <- [{distributed, [distributed(Each, Node, Full) || Each <- Own]},
                                       {sync_nodes_optional,
                                        [Full(Partner) || Partner <- Partners, Partner =/= Node]},
                                       {sync_nodes_timeout, 2000}]]).

distributed({Name, #{groups := Groups, timeout := Timeout} = Application}, Node, Full) ->
    Own = case Application of
              #{differs_on := Node} -> lists:reverse(Groups);
              #{} -> Groups
          end,
    {list_to_atom(Name), Timeout, [equals([Full(Each) || Each <- Group]) || Group <- Own]}.

equals([Node]) -> Node;
equals(Nodes) -> list_to_tuple(Nodes).

%% What a node loads once it has booted. One whose `dist_ac` waits goes on with it later.
load(Node, #{cluster := Cluster, applications := Applications}) ->
    Deadline = erlang:monotonic_time(millisecond) + ?LOAD_MS,
    [finished(task(Cluster, Node, load,
                   [{application, list_to_atom(Name), keys(Name, Application)}]), Deadline)
     || {Name, #{local := false, absent_on := Absent} = Application} <- maps:to_list(Applications),
        runs(Node, Application), Node =/= Absent].

%% ---- orders -------------------------------------------------------------------------------------

%% The usual type for one that nobody knows.
name_and_type(Name, #{applications := Applications}) ->
    #{type := Type} = maps:get(Name, Applications, #{type => temporary}),
    [list_to_atom(Name), Type].

%% Does something with an application on all of its nodes that are up, or on those given, at once.
at_all(Function, Name, Rest, #{cluster := Cluster} = Session) ->
    Arguments = function_arguments(Function, Name, Session),
    Nodes = chosen(Rest, Name, Session),
    Deadline = erlang:monotonic_time(millisecond) + ?PATIENCE_MS,
    Tasks = [{Node, task(Cluster, Node, Function, Arguments)} || Node <- Nodes],
    Results = [{Node, finished(Task, Deadline)} || {Node, Task} <- Tasks],
    case {Rest, Results} of
        {["on", _One], [{_Node, Result}]} -> {value, Result};
        _ -> {value, Results}
    end.

function_arguments(Function, Name, Session)
  when Function =:= start; Function =:= ensure_started; Function =:= ensure_all_started ->
    name_and_type(Name, Session);
function_arguments(_Function, Name, _Session) ->
    [list_to_atom(Name)].

chosen([], Name, #{cluster := Cluster, applications := Applications}) ->
    Nodes = candidates(maps:get(Name, Applications)),
    [Node || Node <- lists:sort(Nodes), cluster:is_up(Cluster, Node)];
chosen(["on" | Words], _Name, _Session) ->
    lists:sort([list_to_atom(Word) || Word <- Words]).

task(Cluster, Node, Function, Arguments) ->
    spawn_monitor(fun() ->
        exit({result, cluster:call(Cluster, Node, application, Function, Arguments)})
    end).

finished({Task, Monitor}, Deadline) ->
    receive
        {'DOWN', Monitor, process, Task, {result, Result}} -> Result;
        {'DOWN', Monitor, process, Task, _NodeWentDown} -> pending
    after max(0, Deadline - erlang:monotonic_time(millisecond)) ->
        pending
    end.

%% Those of the transcript that run on a node, the latest first.
running(Node, #{cluster := Cluster, applications := Applications}) ->
    [Name || {Name, _, _} <- cluster:call(Cluster, Node, application, which_applications, []),
             is_map_key(atom_to_list(Name), Applications)].

%% Where an application runs, and how it was started there.
where(Name, #{cluster := Cluster}) ->
    [{Node, How} || Node <- cluster:running(Cluster),
                    How <- [cluster:call(Cluster, Node, recorded_application, how_it_runs, [Name])],
                    How =/= none].
