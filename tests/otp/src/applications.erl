%% The distributed applications of a transcript: declared before their nodes boot, then started,
%% stopped and looked for on all of them.
-module(applications).
-export([declare/3, arguments/3, load/2, at_all/4, name_and_type/2, where/2]).

-define(PATIENCE_MS, 30000).

declare(Name, Words, #{applications := Applications} = Session) ->
    {Bare, Options} = words:options(Words),
    {Phases, Groups} = lists:partition(fun(Word) -> Word =:= "phases" end, Bare),
    Application = #{groups => [group(Group) || Group <- Groups],
                    timeout => words:duration(maps:get(timeout, Options, "0ms")),
                    type => list_to_atom(maps:get(type, Options, "temporary")),
                    phases => Phases =/= [],
                    fails_on => list_to_atom(maps:get(fails_on, Options, "none"))},
    compile(Name),
    Session#{applications := Applications#{Name => Application}}.

%% Where the nodes look for modules.
compile(Name) ->
    Build = os:getenv("RECORDER_BUILD"),
    File = filename:join(Build, Name ++ ".erl"),
    ok = file:write_file(File, recorded_application:source(list_to_atom(Name))),
    {ok, _} = compile:file(File, [{outdir, Build}]).

%% Nodes of the same priority stand in a tuple.
group("{" ++ Rest) ->
    [list_to_atom(Name) || Name <- string:lexemes(Rest, ",} ")];
group(Name) ->
    [list_to_atom(Name)].

%% ---- boot ---------------------------------------------------------------------------------------

%% The arguments of `erl` for a node that boots with applications.
arguments(Node, Cluster, #{applications := Applications}) ->
    case [Each || Each = {_, Application} <- maps:to_list(Applications), runs(Node, Application)] of
        [] -> [];
        Own -> ["-config", config(Node, Cluster, Own)]
    end.

runs(Node, Application) -> lists:member(Node, candidates(Application)).

candidates(#{groups := Groups}) -> lists:append(Groups).

config(Node, Cluster, Own) ->
    File = filename:join(os:getenv("RECORDER_BUILD"), atom_to_list(Node) ++ ".config"),
    Partners = lists:usort(lists:append([candidates(Application) || {_, Application} <- Own])),
    Full = fun(Name) -> cluster:full_name(Cluster, Name) end,
    Kernel = [{distributed, [distributed(Each, Full) || Each <- Own]},
              {sync_nodes_optional, [Full(Partner) || Partner <- Partners, Partner =/= Node]},
              {sync_nodes_timeout, 2000}],
    ok = file:write_file(File, io_lib:format("~tp.~n", [[{kernel, Kernel}]])),
    File.

distributed({Name, #{groups := Groups, timeout := Timeout}}, Full) ->
    {list_to_atom(Name), Timeout, [equals([Full(Node) || Node <- Group]) || Group <- Groups]}.

equals([Node]) -> Node;
equals(Nodes) -> list_to_tuple(Nodes).

load(Node, #{cluster := Cluster, applications := Applications}) ->
    [cluster:call(Cluster, Node, recorded_application, load,
                  [list_to_atom(Name), options(Application, Cluster)])
     || {Name, Application} <- maps:to_list(Applications), runs(Node, Application)].

options(#{phases := Phases, fails_on := FailsOn}, Cluster) ->
    [phases || Phases] ++ [{fails_on, cluster:full_name(Cluster, FailsOn)} || FailsOn =/= none].

%% ---- orders -------------------------------------------------------------------------------------

name_and_type(Name, #{applications := Applications}) ->
    #{Name := #{type := Type}} = Applications,
    [list_to_atom(Name), Type].

%% Starts or stops an application on all of its nodes that are up, or on those given, at once.
at_all(Function, Name, Rest, #{cluster := Cluster, applications := Applications} = Session) ->
    #{Name := Application} = Applications,
    Arguments = case Function of
                    start -> name_and_type(Name, Session);
                    stop -> [list_to_atom(Name)]
                end,
    Nodes = chosen(Rest, Application, Cluster),
    Deadline = erlang:monotonic_time(millisecond) + ?PATIENCE_MS,
    Tasks = [{Node, task(Cluster, Node, Function, Arguments)} || Node <- Nodes],
    Results = [{Node, finished(Task, Deadline)} || {Node, Task} <- Tasks],
    case {Rest, Results} of
        {["on", _One], [{_Node, Result}]} -> {value, Result};
        _ -> {value, Results}
    end.

chosen([], Application, Cluster) ->
    [Node || Node <- lists:sort(candidates(Application)), cluster:is_up(Cluster, Node)];
chosen(["on" | Words], _Application, _Cluster) ->
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

%% Where an application runs, and how it was started there.
where(Name, #{cluster := Cluster}) ->
    [{Node, How} || Node <- cluster:running(Cluster),
                    How <- [cluster:call(Cluster, Node, recorded_application, how_it_runs, [Name])],
                    How =/= none].
