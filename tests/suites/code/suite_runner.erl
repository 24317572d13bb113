%% Runs the cases of a test suite one after the other, as Common Test does, and tells each outcome.
%%
%%     -suite NAME [-from NUMBER] [-only CASE] [-s suite_runner start]
%%
%% An outcome goes to the process `judge` of the node; without one it is printed.
-module(suite_runner).
-export([start/0, run/4]).

-define(DEFAULT_TRAP, 30 * 60 * 1000).

start() ->
    Suite = list_to_atom(argument(suite, none)),
    From = list_to_integer(argument(from, "1")),
    Only = list_to_atom(argument(only, "")),
    %% Suites look for Common Test by the name of its server.
    spawn(fun() ->
                  register(test_server_ctrl, self()),
                  process_flag(trap_exit, true),
                  run(Suite, From, Only, teller())
          end).

argument(Flag, Default) ->
    case init:get_argument(Flag) of
        {ok, [[Value] | _]} -> Value;
        error when Default =/= none -> Default
    end.

teller() ->
    case whereis(judge) of
        undefined -> fun(News) -> erlang:display(News) end;
        Judge -> fun(News) -> Judge ! News end
    end.

%% Runs the cases of a suite from a number on, or those of one name.
run(Suite, From, Only, Tell) ->
    put(tell, Tell),
    put(next, 1),
    put(wanted, {From, Only}),
    %% It starts without the programs that measure the machine.
    _ = application:load(os_mon),
    [application:set_env(os_mon, Name, false) || Name <- [start_cpu_sup, start_disksup, start_memsup]],
    Listed = listed(Suite),
    Info = information(Suite, suite, []),
    Base = [{data_dir, data_dir(Suite)}, {priv_dir, priv_dir(Suite)}, {suite, Suite}, {tc_logfile, "log"}],
    Config = proplists:get_value(default_config, Info, []) ++ Base,
    case Listed of
        {skip, Reason} -> Tell({finished, text(Reason)});
        Items ->
            with(Suite, {suite, Suite}, init_per_suite, end_per_suite, [], Items, Config, Info,
                 fun(Given) -> [run_item(Suite, Item, [], Given, Info) || Item <- Items] end),
            Tell({finished, <<>>})
    end.

%% The cases and groups of a suite, with the groups in their places.
listed(Suite) ->
    case catch Suite:all() of
        {skip, Reason} -> {skip, Reason};
        {'EXIT', Reason} -> {skip, {'all/0', Reason}};
        Items ->
            Groups = case erlang:function_exported(Suite, groups, 0) of
                         true -> Suite:groups();
                         false -> []
                     end,
            lists:append([resolve(Item, Groups) || Item <- Items])
    end.

resolve({group, Name}, Groups) -> resolve_group(Name, Groups);
resolve({group, Name, _}, Groups) -> resolve_group(Name, Groups);
resolve({group, Name, _, _}, Groups) -> resolve_group(Name, Groups);
resolve({testcase, Case, _}, _) -> [{'case', Case}];
resolve({Name, _, Items}, Groups) -> [{group, Name, members(Items, Groups)}];
resolve({Name, Items}, Groups) when is_list(Items) -> [{group, Name, members(Items, Groups)}];
resolve(Case, _) when is_atom(Case) -> [{'case', Case}];
resolve(_, _) -> [].

resolve_group(Name, Groups) ->
    case find_group(Name, Groups) of
        {_, _, Items} -> [{group, Name, members(Items, Groups)}];
        {_, Items} -> [{group, Name, members(Items, Groups)}];
        false -> []
    end.

members(Items, Groups) -> lists:append([resolve(Item, Groups) || Item <- Items]).

find_group(_, []) -> false;
find_group(Name, [Group | _]) when is_tuple(Group), element(1, Group) =:= Name -> Group;
find_group(Name, [{_, _, Items} | Groups]) ->
    case find_group(Name, [Item || Item <- Items, is_tuple(Item), element(1, Item) =/= group]) of
        false -> find_group(Name, Groups);
        Group -> Group
    end;
find_group(Name, [_ | Groups]) -> find_group(Name, Groups).

%% How many cases there are in items.
count({'case', _}) -> 1;
count({group, _, Items}) -> lists:sum([count(Item) || Item <- Items]).

is_wanted_one(Number, Case) ->
    {From, Only} = get(wanted),
    Number >= From andalso (Only =:= '' orelse Only =:= Case).

%% Is one of the items to be run, if the first case has the number?
is_wanted({'case', Case}, Number) -> is_wanted_one(Number, Case);
is_wanted({group, _, Items}, Number) -> any_wanted(Items, Number).

any_wanted([], _) -> false;
any_wanted([Item | Items], Number) ->
    is_wanted(Item, Number) orelse any_wanted(Items, Number + count(Item)).

run_item(Suite, {'case', Case}, Path, Config, Info) ->
    Number = get(next),
    put(next, Number + 1),
    case is_wanted_one(Number, Case) of
        true -> run_case(Suite, Number, Case, Path, Config, Info);
        false -> ok
    end;
run_item(Suite, {group, Name, Items}, Path, Config, Info) ->
    Inner = information(Suite, group, [Name]) ++ Info,
    Given = [{tc_group_properties, [{name, Name}]}, {tc_group_path, [[{name, Group}] || Group <- Path]}
             | lists:keydelete(tc_group_path, 1, lists:keydelete(tc_group_properties, 1, Config))],
    with(Suite, {group, Name}, init_per_group, end_per_group, [Name], Items, Given, Inner,
         fun(Then) -> [run_item(Suite, Item, [Name | Path], Then, Inner) || Item <- Items] end).

%% Runs items between a function that begins them and one that ends them.
with(Suite, What, Init, End, Args, Items, Config, Info, Run) ->
    case any_wanted(Items, get(next)) of
        false -> put(next, get(next) + lists:sum([count(Item) || Item <- Items]));
        true ->
            case call(Suite, Init, Args, Config, Info) of
                {ok, Given} when is_list(Given) ->
                    Run(Given),
                    Saved = call(Suite, End, Args, Given, Info),
                    report_end(What, Saved);
                {ok, {skip, Reason}} -> drop_all(Items, skipped, Reason);
                {ok, {skipped, Reason}} -> drop_all(Items, skipped, Reason);
                {ok, {skip_and_save, Reason, _}} -> drop_all(Items, skipped, Reason);
                {ok, Other} -> drop_all(Items, failed, {Init, Other});
                {_, Reason} -> drop_all(Items, failed, {Init, Reason})
            end
    end.

report_end(_, {ok, _}) -> ok;
report_end(What, {_, Reason}) -> tell({note, text({What, Reason})}).

%% The cases of items do not run; their beginning called these natives that are not there.
drop_all(Items, Outcome, Reason) ->
    Missing = missing(),
    [drop(Item, Outcome, Reason, Missing) || Item <- Items].

drop({group, _, Items}, Outcome, Reason, Missing) ->
    [drop(Item, Outcome, Reason, Missing) || Item <- Items];
drop({'case', Case}, Outcome, Reason, Missing) ->
    Number = get(next),
    put(next, Number + 1),
    case is_wanted_one(Number, Case) of
        true -> tell({outcome, Number, Case, Outcome, text(Reason), Missing});
        false -> ok
    end.

%% A function of the suite before or after others; one that is not there changes nothing.
call(Suite, Function, Args, Config, Info) ->
    case erlang:function_exported(Suite, Function, length(Args) + 1) of
        true -> guarded(fun() -> apply(Suite, Function, Args ++ [Config]) end, trap(Info));
        false -> {ok, Config}
    end.

run_case(Suite, Number, Case, Path, Config, Info) ->
    tell({begins, Number, Case}),
    missing(),
    Own = case erlang:function_exported(Suite, Case, 0) of
              true -> information(Suite, Case, []) ++ Info;
              false -> Info
          end,
    {Outcome, Reason, Missing} = in_case(Suite, Case, [{tc_group_path, Path} | Config], trap(Own)),
    tell({outcome, Number, Case, Outcome, text(Reason), Missing}),
    %% Processes that are linked to the case end.
    receive after 100 -> ok end,
    %% Processes of a case that did not end would disturb the others.
    Outcome =:= failed andalso is_tuple(Reason) andalso element(1, Reason) =:= timetrap_timeout
        andalso begin tell(again), receive stop -> ok end end.

in_case(Suite, Case, Config, Trap) ->
    Tell = get(tell),
    Run = fun() ->
                  case before(Suite, Case, Config) of
                      {skip, Reason} -> {skip, Reason};
                      {fail, Reason} -> exit({init_per_testcase, Reason});
                      Given -> {ended, result(Suite, Case, Given, Tell)}
                  end
          end,
    case guarded(Run, Trap) of
        {ok, {skip, Reason}} -> {skipped, Reason, []};
        {ok, {ended, {Result, Missing}}} ->
            {Outcome, Reason} = judged(Result),
            {Outcome, Reason, Missing};
        {_, Reason} -> {failed, Reason, missing()}
    end.

%% The case runs between init_per_testcase and end_per_testcase, in the same process. With its result
%% come the natives that it called and that are not there.
result(Suite, Case, Config, Tell) ->
    Result = try {value, Suite:Case(Config)}
             catch
                 throw:Thrown -> {value, Thrown};
                 Class:Reason:Trace ->
                     %% What ends with the case may not hide why it failed.
                     process_flag(trap_exit, true),
                     {Class, Reason, Trace}
             end,
    Missing = missing(),
    {ended(Suite, Case, Config, Result, Tell), Missing}.

ended(Suite, Case, Config, Result, Tell) ->
    Status = case judged(Result) of
                 {failed, Why} -> {failed, Why};
                 _ -> ok
             end,
    case erlang:function_exported(Suite, end_per_testcase, 2) of
        true ->
            try Suite:end_per_testcase(Case, [{tc_status, Status} | Config]) of
                {fail, Failure} -> {error, {end_per_testcase, Failure}, []};
                _ -> Result
            catch
                throw:_ -> Result;
                exit:timetrap -> Result;
                EndClass:EndReason:EndTrace ->
                    Tell({note, text({Case, end_per_testcase, EndClass, EndReason, EndTrace})}),
                    Result
            end;
        false -> Result
    end.

judged({value, {skip, Reason}}) -> {skipped, Reason};
judged({value, {skipped, Reason}}) -> {skipped, Reason};
judged({value, {skip_and_save, Reason, _}}) -> {skipped, Reason};
judged({value, {fail, Reason}}) -> {failed, Reason};
judged({value, {failed, Reason}}) -> {failed, Reason};
judged({value, {'EXIT', Reason}}) -> {failed, Reason};
judged({value, _}) -> {passed, ok};
judged({_, Reason, Trace}) -> {failed, {Reason, Trace}}.

before(Suite, Case, Config) ->
    case erlang:function_exported(Suite, init_per_testcase, 2) of
        true ->
            case Suite:init_per_testcase(Case, Config) of
                {skipped, Reason} -> {skip, Reason};
                {skip_and_save, Reason, _} -> {skip, Reason};
                Other -> Other
            end;
        false -> Config
    end.

%% Calls a fun in a process of its own that has so much time.
guarded(Fun, Trap) ->
    Runner = self(),
    Leader = suite_io:start(Runner),
    %% As Common Test does it: no monitor of a case is another one's than its own.
    Pid = spawn_link(fun() ->
                             group_leader(Leader, self()),
                             exit({returned, Fun()})
                     end),
    Result = await(Pid, Leader, deadline(Trap), Trap),
    suite_io:stop(Leader),
    Result.

deadline(infinity) -> infinity;
deadline(Time) -> erlang:monotonic_time(millisecond) + Time.

await(Pid, Leader, Deadline, Trap) ->
    Left = case Deadline of
               infinity -> infinity;
               _ -> max(0, Deadline - erlang:monotonic_time(millisecond))
           end,
    receive
        {timetrap, Leader, Time} -> await(Pid, Leader, deadline(Time), Time);
        {'EXIT', Pid, {returned, Value}} -> {ok, Value};
        {'EXIT', Pid, Reason} -> {exit, Reason}
    after Left ->
            Trace = process_info(Pid, current_stacktrace),
            exit(Pid, {timetrap_timeout, Trap}),
            receive {'EXIT', Pid, _} -> ok
            after 5000 ->
                    exit(Pid, kill),
                    receive {'EXIT', Pid, _} -> ok end
            end,
            {exit, {timetrap_timeout, Trap, Trace}}
    end.

trap(Info) ->
    case lists:keyfind(timetrap, 1, Info) of
        {_, Time} -> suite_io:milliseconds(Time);
        false -> ?DEFAULT_TRAP
    end.

%% What a function of the suite tells about itself.
information(Suite, Function, Args) ->
    case erlang:function_exported(Suite, Function, length(Args)) of
        true ->
            case catch apply(Suite, Function, Args) of
                Info when is_list(Info) -> [Item || Item <- Info, is_tuple(Item)];
                _ -> []
            end;
        false -> []
    end.

data_dir(Suite) ->
    filename:join(filename:dirname(code:which(Suite)), atom_to_list(Suite) ++ "_data") ++ "/".

priv_dir(Suite) ->
    Folder = argument(priv, "/priv") ++ "/" ++ atom_to_list(Suite) ++ "/",
    _ = filelib:ensure_dir(Folder),
    Folder.

tell(News) -> (get(tell))(News), ok.

%% The natives that are not there and that were called since the last time.
missing() ->
    try nodedown:missing_natives() catch error:undef -> [] end.

text(Term) ->
    Text = try io_lib:format("~0tP", [brief(Term, 12), 80])
           catch _:_ -> "a reason that cannot be written"
           end,
    unicode:characters_to_binary(Text).

%% A reason without the frames of this module, and with a line in the place of a file.
brief(Term, 0) -> Term;
brief([{Module, Function, Args, Info} = Frame | Frames], Depth)
  when is_atom(Module), is_atom(Function), is_list(Info) ->
    case {Module, proplists:is_defined(line, Info), Info} of
        {?MODULE, _, _} -> brief(Frames, Depth);
        {_, true, _} ->
            [{Module, Function, brief(Args, 2), proplists:get_value(line, Info)} | brief(Frames, Depth)];
        {_, false, []} -> [{Module, Function, brief(Args, 2)} | brief(Frames, Depth)];
        _ -> [Frame | brief(Frames, Depth)]
    end;
brief([Head | Tail], Depth) -> [brief(Head, Depth - 1) | brief(Tail, Depth)];
brief(Tuple, Depth) when is_tuple(Tuple) ->
    list_to_tuple([brief(Element, Depth - 1) || Element <- tuple_to_list(Tuple)]);
brief(Term, _) -> Term.
