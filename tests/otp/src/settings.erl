%% The settings of a `nodes` line as arguments of `erl`.
-module(settings).
-export([nodes/2]).

%% The names of the line, and `{Name, Arguments}` for each.
nodes(Words, #{cluster := Cluster} = Session) ->
    {Bare, Options} = words:options(Words),
    Names = [list_to_atom(Word) || Word <- Bare, not is_flag(Word)],
    Flags = lists:append([flag(Word) || Word <- Bare, is_flag(Word)]),
    %% What the line says goes before what the applications need.
    {Names, [{Name, Flags ++ applications:arguments(Name, Cluster, Session)
                    ++ options(Name, Options, Cluster)} || Name <- Names]}.

options(Name, Options, Cluster) ->
    lists:append([case Key of
                      sync_mandatory -> sync("sync_nodes_mandatory", Value, Name, Cluster);
                      sync_optional -> sync("sync_nodes_optional", Value, Name, Cluster);
                      _ -> option(Key, Value)
                  end || {Key, Value} <- maps:to_list(Options)]).

%% Nodes that a node waits for, but for itself. A boot that waits has a time limit.
sync(Parameter, Words, Name, Cluster) ->
    Others = [cluster:full_name(Cluster, list_to_atom(Word))
              || Word <- string:lexemes(Words, "{,}"), list_to_atom(Word) =/= Name],
    kernel(Parameter, lists:flatten(io_lib:format("~w", [Others])))
        ++ kernel("sync_nodes_timeout", "2000").

is_flag(Word) -> Word =:= "hidden" orelse Word =:= "down".

flag("hidden") -> ["-hidden"];
flag("down") -> [].

option(sync_timeout, Time) ->
    kernel("sync_nodes_timeout", integer_to_list(words:duration(Time)));
option(alive, "false") -> [not_alive];
option(otp, Release) -> [{otp, Release}];
option(cookie, Cookie) -> ["-setcookie", Cookie];
option(ticktime, Time) -> kernel("net_ticktime", seconds(Time));
option(setuptime, Time) -> kernel("net_setuptime", seconds(Time));
option(auto_connect, When) -> kernel("dist_auto_connect", When);
option(connect_all, Flag) -> ["-connect_all", Flag];
option(prevent_overlapping, Flag) -> kernel("prevent_overlapping_partitions", Flag).

kernel(Parameter, Value) -> ["-kernel", Parameter, Value].

seconds(Time) -> integer_to_list(words:duration(Time) div 1000).
