%% The settings of a `nodes` line as arguments of `erl`.
-module(settings).
-export([nodes/2]).

%% The names of the line, and `{Name, Arguments}` for each.
nodes(Words, #{cluster := Cluster} = Session) ->
    {Bare, Options} = words:options(Words),
    Names = [list_to_atom(Word) || Word <- Bare, not is_flag(Word)],
    Common = lists:append([flag(Word) || Word <- Bare, is_flag(Word)]
                          ++ [option(Key, Value) || {Key, Value} <- maps:to_list(Options)]),
    {Names, [{Name, Common ++ applications:arguments(Name, Cluster, Session)} || Name <- Names]}.

is_flag(Word) -> Word =:= "hidden" orelse Word =:= "down".

flag("hidden") -> ["-hidden"];
flag("down") -> [].

option(cookie, Cookie) -> ["-setcookie", Cookie];
option(ticktime, Time) -> kernel("net_ticktime", seconds(Time));
option(setuptime, Time) -> kernel("net_setuptime", seconds(Time));
option(auto_connect, When) -> kernel("dist_auto_connect", When);
option(connect_all, Flag) -> ["-connect_all", Flag];
option(prevent_overlapping, Flag) -> kernel("prevent_overlapping_partitions", Flag).

kernel(Parameter, Value) -> ["-kernel", Parameter, Value].

seconds(Time) -> integer_to_list(words:duration(Time) div 1000).
