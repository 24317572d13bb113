%% The functions of Common Test that OTP's suites call.
-module(ct).
-export([fail/1, fail/2, log/1, log/2, log/3, log/4, log/5, pal/1, pal/2, pal/3, pal/4, pal/5,
         print/1, print/2, print/3, print/4, print/5, comment/1, comment/2, sleep/1,
         timetrap/1, get_timetrap_info/0, get_progname/0, get_config/1, get_config/2, get_config/3,
         require/1, require/2, capture_start/0, capture_stop/0, capture_get/0, capture_get/1,
         get_status/0, get_target_name/1, make_priv_dir/0, notify/2, remaining_test_procs/0]).

fail(Reason) ->
    try exit({test_case_failed, Reason})
    catch Class:Exit:Trace -> erlang:raise(Class, Exit, tl(Trace))
    end.

fail(Format, Args) ->
    try io_lib:format(Format, Args) of
        Text -> fail(lists:flatten(Text))
    catch
        _:_ -> exit({fail_with_bad_arguments, Format, Args})
    end.

log(Format) -> log(default, 50, Format, [], []).
log(X1, X2) ->
    case is_atom(X1) of
        true -> log(X1, 50, X2, [], []);
        false -> log(default, 50, X1, X2, [])
    end.
log(X1, X2, X3) ->
    if
        is_atom(X1), is_integer(X2) -> log(X1, X2, X3, [], []);
        is_atom(X1) -> log(X1, 50, X2, X3, []);
        is_integer(X1) -> log(default, X1, X2, X3, []);
        true -> log(default, 50, X1, X2, X3)
    end.
log(X1, X2, X3, X4) ->
    if
        is_atom(X1), is_integer(X2) -> log(X1, X2, X3, X4, []);
        is_atom(X1) -> log(X1, 50, X2, X3, X4);
        true -> log(default, X1, X2, X3, X4)
    end.
log(_Category, _Importance, Format, Args, _Options) ->
    io:format(group_leader(), lists:append(["~n", lists:flatten(Format), "~n"]), Args).

pal(Format) -> log(Format).
pal(X1, X2) -> log(X1, X2).
pal(X1, X2, X3) -> log(X1, X2, X3).
pal(X1, X2, X3, X4) -> log(X1, X2, X3, X4).
pal(X1, X2, X3, X4, X5) -> log(X1, X2, X3, X4, X5).

print(Format) -> log(Format).
print(X1, X2) -> log(X1, X2).
print(X1, X2, X3) -> log(X1, X2, X3).
print(X1, X2, X3, X4) -> log(X1, X2, X3, X4).
print(X1, X2, X3, X4, X5) -> log(X1, X2, X3, X4, X5).

comment(_) -> ok.
comment(_, _) -> ok.

sleep(Time) ->
    case suite_io:milliseconds(Time) of
        infinity -> receive after infinity -> ok end;
        Milliseconds -> receive after Milliseconds -> ok end
    end.

timetrap(Time) -> suite_io:timetrap(Time).

get_timetrap_info() -> suite_io:timetrap_info().

get_progname() -> "erl".

get_config(_) -> undefined.
get_config(_, Default) -> Default.
get_config(_, Default, _) -> Default.

require(Name) -> {error, {not_available, Name}}.
require(_, Name) -> {error, {not_available, Name}}.

capture_start() -> suite_io:capture(true).
capture_stop() -> suite_io:capture(false).
capture_get() -> suite_io:captured().
capture_get([Exclude | Others]) ->
    Kept = [Text || Text <- suite_io:captured(), re:run(Text, Exclude, [{capture, none}]) =:= nomatch],
    case Others of
        [] -> Kept;
        _ -> [Text || Text <- Kept, lists:all(fun(Other) ->
                                                      re:run(Text, Other, [{capture, none}]) =:= nomatch
                                              end, Others)]
    end;
capture_get([]) -> suite_io:captured().

get_status() -> no_tests_running.
get_target_name(_) -> {error, not_available}.
make_priv_dir() -> ok.
notify(_, _) -> ok.
remaining_test_procs() -> {[], group_leader(), []}.
