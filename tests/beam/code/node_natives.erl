%% What natives do that need a whole node; each function prints what it finds.
-module(node_natives).
-export([compared/0, wait/0, write_unsynced/0, read_back/0, database/0, database_again/0]).

say(Format, Args) -> io:format("| " ++ Format ++ "~n", Args).

%% What a call returns or raises, with its error_info.
try_to(Call) ->
    try Call()
    catch Class:Reason:Trace ->
        [{M, F, A, Info} | _] = Trace,
        {Class, Reason, {M, F, is_list(A)}, proplists:get_value(error_info, Info)}
    end.

say_all(Name, Calls) ->
    [say("~s ~b ~0p", [Name, N, Result]) ||
        {N, Result} <- lists:zip(lists:seq(1, length(Calls)), [try_to(Call) || Call <- Calls])].

compared() ->
    arrays(), persistent_terms(), flags(), infos(), suspended(), timers(), options(), limits(),
    code_versions(), on_load(), measures(), marks(), buffers(), names_of_files(), contents(), tables_on_disk(),
    logs_on_disk(), compression(), digests(), packets(), kinds(), requests(), monitored_ports(), waiting(),
    applied_exceptions(), builtins(), references(), missing_keys(), depths(), sequences(), local_times(), of_erlang().

local_times() ->
    Dates = [{Y, 7, 1} || Y <- [0, 1601, 1900, 1901, 1902, 1970, 2038, 2107, 9999, 10000]] ++ [{1997, 2, 29}, {2000, 2, 29}],
    Kinds = fun(Convert) -> [try Convert({D, {12, 0, 0}}) of _ -> ok catch _:Why -> Why end || D <- Dates] end,
    say("local ~0p", [[Kinds(fun erlang:universaltime_to_localtime/1), Kinds(fun erlang:localtime_to_universaltime/1)]]).

%% Tokens that messages carry, and what the system tracer is told.
sequences() ->
    Own = self(),
    Tracer = spawn(fun() -> collect([]) end),
    Echo = spawn(fun Loop() -> receive {From, What} -> From ! {self(), What}, Loop() end end),
    Plain = spawn(fun() -> receive go -> Own ! plain end end),
    seq_trace:set_system_tracer(Tracer),
    Set = fun(Name, Value) -> fun() -> seq_trace:set_token(Name, Value) end end,
    Get = fun(Name) -> fun() -> seq_trace:get_token(Name) end end,
    Calls = [
        fun() -> seq_trace:get_token() end, Get(label), Get(send), Get(foo), Set(label, {my, label}), Get(label),
        Set(send, true), Set('receive', true), Set(print, true), Set(foo, true), Set(send, 1), Set(serial, {3, 5}),
        Get(serial), Set(serial, x), Set(timestamp, true), Set(monotonic_timestamp, true), Get(timestamp),
        Get(monotonic_timestamp), Set(monotonic_timestamp, false), fun() -> seq_trace:print(one) end,
        fun() -> seq_trace:print(18, two) end, fun() -> seq_trace:get_system_tracer() =:= Tracer end,
        Set(label, 17), fun() -> seq_trace:print(17, three) end, fun() -> shown(seq_trace:get_token(), Own) end],
    %% What is printed would be traced as well.
    Results = [try_to(Call) || Call <- Calls],
    Echo ! {Own, first},
    receive {Echo, first} -> ok end,
    Replied = shown(seq_trace:get_token(), Own),
    {_, Kept} = process_info(Echo, sequential_trace_token),
    erlang:send_after(1, Own, tick),
    receive tick -> ok end,
    receive after 1 -> ok end,
    Timed = shown(seq_trace:get_token(), Own),
    Plain ! go,
    seq_trace:set_token([]),
    spawn(fun() -> Own ! {untraced, seq_trace:get_token()} end),
    Untraced = receive {untraced, Token} -> Token end,
    Without = seq_trace:get_token(),
    receive plain -> ok end,
    Restored = shown(seq_trace:get_token(), Own),
    %% The numbers after a start depend on the release.
    Child = spawn(fun() -> Own ! {self(), seq_trace:get_token()} end),
    {Flags, Label, _, _, _} = receive {Child, Given} -> Given end,
    seq_trace:reset_trace(),
    say_all("sequence", [fun() -> Result end || Result <- Results]),
    say("sequences ~0p", [[Replied, shown(Kept, Own), Timed, Untraced, Without, Restored, {Flags, Label}]]),
    say("sequences ~0p", [[seq_trace:get_token(), seq_trace:set_system_tracer(false) =:= Tracer,
                           seq_trace:get_system_tracer()]]),
    Tracer ! {give, Own},
    receive {news, News} -> [say("traced ~0p", [shown(Each, Own)]) || Each <- lists:sublist(News, 10)] end,
    exit(Echo, kill).

collect(News) ->
    receive
        {give, To} -> To ! {news, lists:reverse(News)};
        {seq_trace, Label, Info, {_, _, _}} -> collect([{Label, Info} | News])
    end.

%% A term with names in the place of pids.
shown(Own, Own) -> own;
shown(Pid, _) when is_pid(Pid) -> other;
shown(Tuple, Own) when is_tuple(Tuple) -> list_to_tuple([shown(E, Own) || E <- tuple_to_list(Tuple)]);
shown(Term, _) -> Term.

%% What comes of a request for a process: the reply, or the message of the monitor.
request(Options) ->
    Request = spawn_request(fun() -> exit(over) end, Options),
    request_messages(Request, 2).

request_messages(_, 0) -> [];
request_messages(Request, N) ->
    receive
        {Tag, Request, ok, Pid} when is_pid(Pid) -> [{Tag, ok} | request_messages(Request, N - 1)];
        {Tag, Request, Result, Why} -> [{Tag, Result, Why} | request_messages(Request, N - 1)];
        {Tag, Request, process, _, Why} -> [{Tag, Why} | request_messages(Request, N - 1)]
    after 50 -> []
    end.

requests() ->
    Options = [[], [monitor], [link], [{reply_tag, x}], [{reply_tag, x}, foo], [foo, {reply_tag, x}],
               [{reply, no}, foo], [{reply, no}], [{reply, success_only}], [{reply, success_only}, foo],
               [{reply, error_only}], [{reply, error_only}, foo], [{reply, bad}], [monitor | foo], foo,
               [{monitor, [{alias, bad}]}], [{monitor, foo}], [{monitor, [{tag, x} | y]}],
               [{monitor, [{tag, x}]}], [{priority, high}], [{priority, blah}], [{min_heap_size, x}]],
    process_flag(trap_exit, true),
    say_all("request", [fun() -> request(Some) end || Some <- Options]),
    process_flag(trap_exit, false),
    Own = self(),
    Told = fun(Life) ->
               R = spawn_request(fun() -> receive {to, A} -> A ! {by, A}, A ! {by, A}, Own ! over end end,
                                 [{monitor, [{alias, Life}]}]),
               receive {spawn_reply, R, ok, Pid} -> Pid ! {to, R} end,
               receive over -> ok end,
               Down = receive {'DOWN', R, process, _, Why} -> Why after 50 -> none end,
               R ! late,
               Late = receive late -> late after 50 -> none end,
               unalias(R),
               {length([by || {by, By} <- messages(), By =:= R]), Down, Late}
           end,
    say_all("alias of a request", [fun() -> Told(Life) end || Life <- [explicit_unalias, demonitor, reply_demonitor]]),
    Lost = fun(Life) ->
               R = spawn_request(nobody@nowhere, erlang, self, [], [{monitor, [{alias, Life}]}]),
               Reply = receive {spawn_reply, R, error, Why} -> Why after 1000 -> none end,
               R ! late,
               {Reply, receive late -> late after 50 -> none end}
           end,
    say("lost request ~0p", [Lost(demonitor)]).

messages() -> receive Message -> [Message | messages()] after 0 -> [] end.

monitored_ports() ->
    [Port | _] = erlang:ports(),
    Gone = list_to_port("#Port<0.99999>"),
    Down = fun(Object, Options) ->
               M = monitor(port, Object, Options),
               receive {Tag, M, port, O, Why} -> {Tag, O =:= Object, Why}
               after 50 -> {none, demonitor(M, [info]), demonitor(M, [info])}
               end
           end,
    say_all("port", [fun() -> Down(Gone, []) end, fun() -> Down(Gone, [{tag, x}]) end, fun() -> Down(Port, []) end,
                     fun() -> Down({nobody, node()}, []) end, fun() -> Down(nobody, []) =/= none end,
                     fun() -> monitor(port, #{}) end, fun() -> monitor(port, {x, nobody@nowhere}) end]).

%% A process that waits for ever does nothing, whatever it is sent.
waiting() ->
    P = spawn(fun() -> receive after infinity -> ok end end),
    P ! one,
    timer:sleep(10),
    {reductions, Before} = process_info(P, reductions),
    P ! two,
    timer:sleep(100),
    {reductions, After} = process_info(P, reductions),
    say("waits ~0p ~0p", [After - Before < 100, process_info(P, messages)]),
    exit(P, kill).

raising(1, Raise) -> {Raise(oops)};
raising(2, Raise) -> Raise(oops);
raising(3, Raise) -> {Raise(oops, [q])};
raising(4, Raise) -> {apply(Raise, [oops, [q]])};
raising({5, Last}, Raise) -> erlang:apply(erlang, Raise, Last);
raising({6, Last}, Raise) -> {erlang:apply(erlang, Raise, Last)};
raising({7, Last}, Raise) -> erlang:apply(erlang, apply, [erlang, Raise, Last]);
raising({8, Last}, Raise) -> {apply(erlang, apply, [erlang, apply, [erlang, Raise, Last]])};
raising({9, Module}, Raise) -> {Module:apply(Module, Raise, [oops, [q]])}.

frames(Function, Raise) ->
    try {raising(Function, Raise)}
    catch Class:Reason:Trace -> {Class, Reason, [{F, A} || {?MODULE, F, A, _} <- Trace]}
    end.

applied_exceptions() ->
    [say("applied ~0p ~0p", [N, frames(N, Raise)]) ||
        {N, Raise} <- [{1, fun erlang:error/1}, {2, fun erlang:error/1}, {3, fun erlang:error/2},
                       {4, fun erlang:error/2}, {1, fun erlang:exit/1}, {2, fun erlang:throw/1},
                       {{5, [oops]}, error}, {{5, [oops, [q]]}, error}, {{6, [oops, [q]]}, error},
                       {{6, [oops]}, exit}, {{7, [oops, [q]]}, error}, {{8, [oops, [q]]}, error}, {{8, [oops]}, exit},
                       {{9, erlang}, error}]].

%% A function of module `erlang` that is written in Erlang raises its exceptions itself.
of_erlang() ->
    try apply(erlang, fun_info, [abc])
    catch error:Reason:Trace -> [{M, F, A, _} | _] = Trace, say("of erlang ~0p", [{Reason, M, F, A}])
    end.

builtins() ->
    say("built in ~0p", [[erlang:is_builtin(M, F, A) ||
        {M, F, A} <- [{erlang, apply, 2}, {erlang, apply, 3}, {erlang, yield, 0}, {erlang, spawn, 3},
                      {lists, reverse, 2}, {lists, map, 2}, {erlang, apply, 4}]]]).

references() ->
    Read = fun(Words) ->
               Name = <<"b@y">>,
               Bits = << <<Word:32>> || Word <- Words >>,
               Bytes = <<131, 90, (length(Words)):16, 119, (byte_size(Name)), Name/binary, 7:32, Bits/binary>>,
               Ref = binary_to_term(Bytes),
               <<131, 90, _:16, _:6/binary, Back/binary>> = term_to_binary(Ref),
               {Ref =:= binary_to_term(term_to_binary(Ref)), Back, erlang:phash2(Ref)}
           end,
    All = [[1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4, 5], [1, 0, 0, 0, 5], [1, 2, 3, 4, 5, 6]],
    say_all("reference", [fun() -> Read(Words) end || Words <- All]),
    say_all("identity", [fun() -> list_to_pid([$< | "65535.1.0>"]) end, fun() -> list_to_ref("#Ref<0.1.2>") =:= x end,
                         fun() -> list_to_ref("#Ref<>") end, fun() -> list_to_port("#Port<65535.1>") end,
                         fun() -> list_to_pid(pid_to_list(self())) =:= self() end]).

missing_keys() ->
    M = maps:from_list([{K, K} || K <- [a, b]]), L = maps:from_list([{K, K} || K <- lists:seq(100, 150)]),
    say_all("missing", [fun() -> M#{42.0 := v, 42 := v} end, fun() -> M#{z := 1, y := 2} end,
                        fun() -> M#{a := 1, c := 2, "x" := 3} end, fun() -> L#{42.0 := v, 42 := v} end,
                        fun() -> L#{z := 1, y := 2} end]).

depths() ->
    Depth = erlang:system_flag(backtrace_depth, 0),
    None = process_info(self(), current_stacktrace),
    erlang:system_flag(backtrace_depth, Depth),
    {_, Some} = process_info(self(), current_stacktrace),
    say("depths ~0p ~0p", [None, length(Some) > 1]).

arrays() ->
    A = atomics:new(2, []), U = atomics:new(2, [{signed, false}]),
    C = counters:new(3, [write_concurrency]), D = counters:new(3, []),
    say_all("atomics", [
        fun() -> atomics:put(A, 1, 1 bsl 63) end, fun() -> atomics:put(A, 1, -5) end,
        fun() -> atomics:add_get(A, 1, 1 bsl 63) end, fun() -> atomics:get(A, 1) end,
        fun() -> atomics:sub_get(U, 1, 1) end, fun() -> atomics:put(U, 1, -1) end,
        fun() -> atomics:get(U, 3) end, fun() -> atomics:get(u, 1) end,
        fun() -> atomics:compare_exchange(A, 2, 0, 6) end,
        fun() -> atomics:compare_exchange(A, 2, 0, 7) end, fun() -> atomics:exchange(A, 2, 9) end,
        fun() -> atomics:info(U) end, fun() -> atomics:new(0, []) end, fun() -> atomics:new(1, [x]) end,
        fun() -> counters:add(C, 1, 5) end, fun() -> counters:sub(C, 1, 7) end,
        fun() -> counters:get(C, 1) end, fun() -> counters:put(C, 4, 1) end,
        fun() -> counters:put(D, 2, 3) end, fun() -> counters:get(D, 2) end,
        fun() -> maps:get(size, counters:info(C)) end, fun() -> counters:new(0, []) end]).

persistent_terms() ->
    say_all("persistent_term", [
        fun() -> persistent_term:get(none_such) end, fun() -> persistent_term:get(none_such, 1) end,
        fun() -> [persistent_term:put({k, N}, N) || N <- lists:seq(1, 40)], ok end,
        fun() -> [persistent_term:get({k, N}) || N <- lists:seq(1, 40, 7)] end,
        fun() -> persistent_term:erase({k, 3}) end, fun() -> persistent_term:erase({k, 3}) end,
        fun() -> length([K || {{k, K}, _} <- persistent_term:get()]) end]),
    [put({key, N}, N) || N <- lists:seq(1, 50)],
    [erase({key, N}) || N <- lists:seq(1, 50, 3)],
    say("dictionary ~0p", [lists:sort([V || {{key, _}, V} <- get()])]),
    say("dictionary ~0p ~0p", [get_keys(5), [get({key, N}) || N <- [1, 2, 49]]]).

flags() ->
    Flags = [{error_handler, foo}, {error_handler, error_handler}, {min_heap_size, 100},
             {min_heap_size, x}, {min_bin_vheap_size, 100}, {max_heap_size, 1000000},
             {max_heap_size, 5}, {max_heap_size, #{size => 0}}, {max_heap_size, #{kill => true}},
             {priority, high}, {priority, foo}, {priority, normal}, {message_queue_data, off_heap},
             {save_calls, 10}, {save_calls, 10001}, {save_calls, 0}, {sensitive, true},
             {sensitive, false}, {fullsweep_after, 3}, {fullsweep_after, -1}, {trap_exit, foo},
             {trap_exit, false}, {none, 1}, {1, 1}],
    say_all("flag", [fun() -> process_flag(F, V) end || {F, V} <- Flags]),
    Items = [min_heap_size, min_bin_vheap_size, max_heap_size, priority, fullsweep_after,
             error_handler, message_queue_data],
    say("flags ~0p", [process_info(self(), Items)]),
    Systems = [{backtrace_depth, 8}, {fullsweep_after, x}, {min_heap_size, 233}, {foo, 1},
               {schedulers_online, 0}, {multi_scheduling, foo}, {trace_control_word, -1},
               {time_offset, foo}, {erts_alloc, 1}],
    say_all("system_flag", [fun() -> erlang:system_flag(F, V) end || {F, V} <- Systems]).

wait() -> receive stop -> ok end.

infos() ->
    P = spawn(?MODULE, wait, []),
    Q = spawn_link(fun() -> put(a, b), register(info_q, self()), wait() end),
    R = monitor(process, Q), monitor(process, info_q), P ! one, P ! {two, 2},
    timer:sleep(10),
    Items = [initial_call, status, message_queue_len, links, dictionary, trap_exit, error_handler,
             priority, suspending, monitors, monitored_by, messages, last_calls, current_function,
             sequential_trace_token, trace],
    say("info ~0p", [process_info(P, Items)]),
    [{links, L}, {dictionary, D}, {monitored_by, M}] = process_info(Q, [links, dictionary, monitored_by]),
    say("info ~0p ~0p ~0p", [L =:= [self()], D, M =:= [self(), self()]]),
    [{monitors, Ms}] = process_info(self(), [monitors]),
    say("info ~0p", [[case Of of {process, Pid} when is_pid(Pid) -> pid; {process, {N, _}} -> N end || Of <- lists:sort(Ms)]]),
    say_all("info", [
        fun() -> [I || {I, _} <- process_info(P)] end,
        fun() -> [I || {I, _} <- process_info(Q)] end,
        fun() -> process_info(P, registered_name) end, fun() -> process_info(Q, registered_name) end,
        fun() -> process_info(P, foo) end, fun() -> process_info(P, [foo]) end,
        fun() -> process_info(foo, links) end, fun() -> process_info(P, [links, status, links]) end,
        fun() -> process_info(P, []) end, fun() -> process_info(P, parent) =:= {parent, self()} end,
        fun() -> element(1, element(2, process_info(P, current_location))) end]),
    demonitor(R), unlink(Q), exit(P, kill), exit(Q, kill), timer:sleep(10),
    say_all("info", [fun() -> process_info(P) end, fun() -> process_info(P, status) end,
                     fun() -> process_info(P, foo) end]),
    receive {'DOWN', _, process, {info_q, _}, Why} -> say("info ~0p", [Why]) after 1000 -> say("none", []) end.

suspended() ->
    Own = self(),
    P = spawn(fun() -> receive go -> Own ! gone end, wait() end),
    say_all("suspend", [
        fun() -> erlang:suspend_process(P) end, fun() -> process_info(P, status) end,
        fun() -> erlang:suspend_process(P, [unless_suspending]) end,
        fun() -> erlang:suspend_process(P, [foo]) end, fun() -> erlang:suspend_process(self()) end,
        fun() -> P ! go, receive gone -> gone after 50 -> nothing end end,
        fun() -> [{suspending, [{S, 1, 0}]}] = process_info(self(), [suspending]), S =:= P end,
        fun() -> erlang:resume_process(P) end,
        fun() -> receive gone -> gone after 50 -> nothing end end,
        fun() -> erlang:resume_process(P) end]),
    Q = spawn(fun() -> wait() end),
    {H, M} = spawn_monitor(fun() -> erlang:suspend_process(Q), wait() end),
    timer:sleep(10), S1 = process_info(Q, status),
    H ! stop, receive {'DOWN', M, _, _, _} -> ok end, timer:sleep(10),
    say("suspend ~0p ~0p", [S1, process_info(Q, status)]),
    say_all("suspend", [fun() -> exit(Q, kill), timer:sleep(10), erlang:suspend_process(Q) end,
                        fun() -> erlang:garbage_collect(Q) end, fun() -> erlang:garbage_collect(P) end,
                        fun() -> erlang:garbage_collect(P, [{async, x}]) end,
                        fun() -> receive {garbage_collect, x, Done} -> Done after 1000 -> nothing end end,
                        fun() -> erlang:garbage_collect(P, [foo]) end]).

timers() ->
    T = erlang:start_timer(100000, self(), x),
    say_all("timer", [
        fun() -> erlang:send_after(-1, self(), x) end, fun() -> erlang:send_after(1 bsl 64, self(), x) end,
        fun() -> erlang:start_timer(1, self(), x, [foo]) end,
        fun() -> erlang:send_after(1, foo, x, [{abs, maybe}]) end,
        fun() -> erlang:cancel_timer(foo) end, fun() -> erlang:cancel_timer(make_ref(), [foo]) end,
        fun() -> erlang:cancel_timer(make_ref(), [{info, false}]) end,
        fun() -> erlang:read_timer(make_ref(), [{async, true}]) end,
        fun() -> receive {read_timer, _, V} -> V after 10 -> nothing end end,
        fun() -> erlang:cancel_timer(T, [{async, true}]) end,
        fun() -> receive {cancel_timer, T, V} -> V > 90000 after 10 -> nothing end end,
        fun() -> erlang:system_time(0) end, fun() -> erlang:convert_time_unit(5, 1, 1000) end,
        fun() -> erlang:unique_integer([foo]) end, fun() -> erlang:unique_integer([positive]) > 0 end,
        fun() -> apply(erlang, now, []) < apply(erlang, now, []) end]).

options() ->
    say_all("options", [
        fun() -> erlang:send(self(), x, [foo]) end, fun() -> erlang:send(self(), x, [nosuspend, noconnect]) end,
        fun() -> erlang:send(none_such, x, [noconnect]) end, fun() -> erlang:send(make_ref(), x, [noconnect]) end,
        fun() -> erlang:send_nosuspend(self(), y) end,
        fun() -> receive x -> receive y -> both after 0 -> x end after 0 -> none end end,
        fun() -> alias([foo]) end, fun() -> is_reference(alias([explicit_unalias])) end,
        fun() -> monitor(process, self(), [{foo, 1}]) end, fun() -> monitor(process, self(), [{alias, foo}]) end,
        fun() -> monitor(foo, self()) end, fun() -> is_reference(monitor(time_offset, clock_service)) end,
        fun() -> demonitor(make_ref(), [foo]) end, fun() -> demonitor(make_ref(), [flush, info]) end,
        fun() -> spawn_opt(fun() -> ok end, [foo]) end, fun() -> spawn_opt(fun() -> ok end, [{max_heap_size, 1}]) end,
        fun() -> spawn_opt(fun() -> ok end, [{priority, realtime}]) end,
        fun() -> spawn_opt(fun() -> ok end, [link | foo]) end,
        fun() -> {P, R} = spawn_opt(fun() -> wait() end, [monitor, {priority, low}, {min_heap_size, 1000}]),
                 I = process_info(P, [priority, min_heap_size]), P ! stop,
                 receive {'DOWN', R, process, P, Why} -> {I, Why} end end,
        fun() -> {P, R} = spawn_opt(fun() -> ok end, [{monitor, [{tag, gone}]}]),
                 receive {gone, R, process, P, Why} -> Why end end]).

%% A process that needs more memory than it may is killed.
limits() ->
    process_flag(trap_exit, true),
    Logger = logger:get_primary_config(), logger:set_primary_config(level, none),
    P = spawn_opt(fun() -> length(lists:seq(1, 3000000)) end, [link, {max_heap_size, 100000}]),
    receive {'EXIT', P, Why} -> say("limits ~0p", [Why]) end,
    Q = spawn_opt(fun() -> length(lists:seq(1, 1000)) end, [link, {max_heap_size, 1000000}]),
    receive {'EXIT', Q, Why2} -> say("limits ~0p", [Why2]) end,
    logger:set_primary_config(Logger), process_flag(trap_exit, false).

module(Version) ->
    Forms = [{attribute, 1, module, versioned}, {attribute, 1, export, [{version, 0}, {loop, 0}, {make, 0}]},
             {function, 1, version, 0, [{clause, 1, [], [], [{integer, 1, Version}]}]},
             {function, 1, loop, 0, [{clause, 1, [], [], [{'receive', 1, [
                {clause, 1, [{tuple, 1, [{atom, 1, ask}, {var, 1, 'P'}]}], [],
                 [{op, 1, '!', {var, 1, 'P'}, {integer, 1, Version}}, {call, 1, {atom, 1, loop}, []}]},
                {clause, 1, [{atom, 1, switch}], [],
                 [{call, 1, {remote, 1, {atom, 1, versioned}, {atom, 1, loop}}, []}]}]}]}]},
             {function, 1, make, 0, [{clause, 1, [], [], [{'fun', 1, {clauses, [
                {clause, 1, [], [], [{integer, 1, Version}]}]}}]}]}],
    {ok, versioned, Binary} = compile:forms(Forms, []),
    Binary.

ask(P) -> P ! {ask, self()}, receive V -> V after 100 -> dead end.

%% Two versions of a module, and what becomes of who runs the older one.
code_versions() ->
    Binaries = [module(V) || V <- [1, 2, 3]],
    [One, Two, Three] = Binaries,
    say("code ~0p", [code:load_binary(versioned, "versioned.beam", One)]),
    P = spawn(versioned, loop, []), F = versioned:make(),
    Ask = fun() -> [ask(P), F(), versioned:version(), erlang:check_old_code(versioned),
                    erlang:check_process_code(P, versioned)] end,
    say("code ~0p", [Ask()]),
    say("code ~0p", [code:load_binary(versioned, "versioned.beam", Two)]),
    say("code ~0p", [Ask()]),
    say("code ~0p ~0p", [code:soft_purge(versioned), erlang:check_old_code(versioned)]),
    P ! switch,
    say("code ~0p", [Ask()]),
    put(kept, F),
    say("code ~0p", [erlang:check_process_code(self(), versioned)]),
    erase(kept),
    say("code ~0p", [code:load_binary(versioned, "versioned.beam", Three)]),
    say("code ~0p", [[ask(P), versioned:version(), try_to(fun() -> erlang:delete_module(versioned) end)]]),
    say("code ~0p", [[code:purge(versioned), ask(P), is_process_alive(P)]]),
    say("code ~0p", [[code:delete(versioned), code:is_loaded(versioned), erlang:check_old_code(versioned)]]),
    say("code ~0p", [[code:purge(versioned), code:delete(versioned), erlang:delete_module(versioned)]]),
    say("code ~0p", [try_to(fun() -> versioned:version() end)]).

%% Functions that run when their module is loaded.
loaded(Module, Returned) ->
    Forms = [{attribute, 1, module, Module}, {attribute, 1, export, [{f, 0}]}, {attribute, 1, on_load, {init, 0}},
             {function, 1, f, 0, [{clause, 1, [], [], [{atom, 1, called}]}]},
             {function, 1, init, 0, [{clause, 1, [], [], [
                {call, 1, {remote, 1, {atom, 1, persistent_term}, {atom, 1, put}}, [{atom, 1, Module}, {atom, 1, was_here}]},
                {atom, 1, Returned}]}]}],
    {ok, Module, Binary} = compile:forms(Forms, []),
    Loaded = code:load_binary(Module, "none", Binary),
    [Loaded, persistent_term:get(Module), try_to(fun() -> Module:f() end)].

on_load() ->
    Logger = logger:get_primary_config(), logger:set_primary_config(level, none),
    say("on_load ~0p", [loaded(loads_well, ok)]),
    [{error, _} | Failed] = loaded(loads_badly, wrong),
    say("on_load ~0p", [Failed]),
    logger:set_primary_config(Logger).

measures() ->
    say_all("measures", [
        fun() -> {A, B} = statistics(reductions), is_integer(A) andalso is_integer(B) end,
        fun() -> {{input, _}, {output, _}} = statistics(io), ok end,
        fun() -> {_, _} = statistics(wall_clock), {_, _} = statistics(runtime), ok end,
        fun() -> is_list(statistics(run_queue_lengths)) end, fun() -> statistics(scheduler_wall_time) end,
        fun() -> statistics(foo) end, fun() -> [K || {K, _} <- erlang:memory()] end,
        fun() -> erlang:memory(total) > erlang:memory(code) end, fun() -> [K || {K, _} <- erlang:memory([ets, atom])] end,
        fun() -> erlang:memory(foo) end, fun() -> erlang:system_info(foo) end,
        fun() -> erlang:system_info({wordsize, external}) end, fun() -> erlang:system_info(garbage_collection) end,
        fun() -> erlang:system_info(min_heap_size) end, fun() -> erlang:system_info(nif_version) end,
        fun() -> erlang:system_info(version) end, fun() -> erlang:system_info(compat_rel) end,
        %% These came with later releases.
        fun() -> put('$process_label', mine), process_info(self(), label) end,
        fun() -> erlang:send(self(), urgent, [priority]), receive urgent -> ok end end,
        fun() -> erlang:trace_info(self(), flags) end, fun() -> erlang:trace_info({lists, map, 2}, traced) end,
        fun() -> erlang:trace(self(), false, [all]) end, fun() -> seq_trace:get_token() end,
        fun() -> erlang:system_profile() end, fun() -> erlang:system_monitor() end]).

%% A receive for a reference that is made just before it passes over what is there already.
marks() ->
    [self() ! {old, N} || N <- lists:seq(1, 1000)],
    P = spawn(fun() -> answer() end),
    Answers = [begin R = make_ref(), P ! {self(), R}, receive {R, A} -> A end end || _ <- lists:seq(1, 5)],
    say("marks ~0p", [Answers]),
    R1 = monitor(process, P), exit(P, kill),
    receive {'DOWN', R1, _, _, Why} -> say("marks ~0p", [Why]) end,
    say("marks ~0p", [[receive {old, _} = M -> M end || _ <- lists:seq(1, 3)]]),
    (fun Drop() -> receive {old, _} -> Drop() after 0 -> ok end end)().

answer() -> receive {From, R} -> From ! {R, ok}, answer() end.

buffers() ->
    B = prim_buffer:new(),
    say_all("buffer", [
        fun() -> prim_buffer:write(B, [<<"one\n">>, binary:copy(<<"x">>, 200)]) end,
        fun() -> prim_buffer:size(B) end, fun() -> prim_buffer:find_byte_index(B, $\n) end,
        fun() -> prim_buffer:read(B, 4) end, fun() -> byte_size(prim_buffer:read(B, 100)) end,
        fun() -> prim_buffer:skip(B, 50) end, fun() -> prim_buffer:size(B) end,
        fun() -> prim_buffer:find_byte_index(B, $\n) end, fun() -> prim_buffer:wipe(B) end,
        fun() -> prim_buffer:try_lock(B) end, fun() -> prim_buffer:try_lock(B) end,
        fun() -> prim_buffer:unlock(B) end, fun() -> prim_buffer:size(B) end]).

names_of_files() ->
    say_all("names", [
        fun() -> file:make_dir("d") end, fun() -> file:make_dir("d") end, fun() -> file:make_dir("x/y") end,
        fun() -> file:write_file("d/a", "text") end, fun() -> file:list_dir("d") end,
        fun() -> file:del_dir("d") end, fun() -> file:rename("d/a", "d/b") end, fun() -> file:rename("d/a", "d/c") end,
        fun() -> file:read_file("d/b") end, fun() -> file:make_link("d/b", "d/hard") end,
        fun() -> file:make_symlink("b", "d/soft") end, fun() -> file:read_link("d/soft") end,
        fun() -> file:read_link("d/b") end, fun() -> file:read_file("d/soft") end,
        fun() -> {ok, I} = file:read_link_info("d/soft"), element(3, I) end,
        fun() -> {ok, I} = file:read_file_info("d/b"), [element(N, I) || N <- [2, 3, 4, 9]] end,
        fun() -> file:change_mode("d/b", 8#400), {ok, I} = file:read_file_info("d/b"), element(8, I) end,
        fun() -> file:change_mode("d/b", 8#644) end,
        fun() -> file:change_time("d/b", {{2020, 1, 2}, {3, 4, 5}}), {ok, I} = file:read_file_info("d/b", [{time, universal}]), element(6, I) end,
        fun() -> file:read_file("d") end, fun() -> file:read_file("d/b/c") end, fun() -> file:read_file("none") end,
        fun() -> file:open("none", [read]) end, fun() -> file:open("d", [write]) end, fun() -> file:delete("d") end,
        fun() -> file:delete("none") end, fun() -> file:list_dir("none") end, fun() -> file:list_dir("d/b") end,
        fun() -> lists:sort(element(2, file:list_dir("d"))) end, fun() -> filelib:is_dir("d") end,
        fun() -> filelib:file_size("d/b") end, fun() -> lists:sort(filelib:wildcard("d/*")) end,
        fun() -> file:rename("d", "d/e") end, fun() -> file:rename("d", "e") end, fun() -> file:rename("e/b", "e") end,
        fun() -> file:set_cwd("e"), file:read_file("b") end, fun() -> file:set_cwd("none") end,
        fun() -> file:set_cwd(".."), ok end,
        fun() -> file:write_file("ä€", "x"), lists:member("ä€", element(2, file:list_dir("."))) end,
        fun() -> file:del_dir_r("e") end, fun() -> file:list_dir("e") end, fun() -> file:read_file("a\0b") end,
        fun() -> filelib:ensure_dir("p/q/r/f") end, fun() -> filelib:is_dir("p/q/r") end]).

contents() ->
    {ok, F} = file:open("f", [read, write, raw, binary]),
    say_all("contents", [
        fun() -> file:write(F, ["one", <<"two">>, [$3]]) end, fun() -> file:position(F, 1) end,
        fun() -> file:read(F, 3) end, fun() -> file:position(F, {cur, -2}) end, fun() -> file:position(F, {eof, 2}) end,
        fun() -> file:write(F, "end") end, fun() -> file:pread(F, 0, 100) end, fun() -> file:pread(F, 100, 1) end,
        fun() -> file:pread(F, [{0, 2}, {50, 1}, {3, 2}]) end, fun() -> file:pwrite(F, 1, "XX") end,
        fun() -> file:pwrite(F, [{0, "A"}, {5, "B"}]) end, fun() -> file:sync(F) end, fun() -> file:datasync(F) end,
        fun() -> file:position(F, 6) end, fun() -> file:truncate(F) end, fun() -> file:read_file("f") end,
        fun() -> file:position(F, {bof, -1}) end, fun() -> file:read(F, 0) end, fun() -> file:read(F, 5) end,
        fun() -> file:allocate(F, 0, 20) end, fun() -> filelib:file_size("f") >= 6 end,
        fun() -> file:advise(F, 0, 0, random) end, fun() -> file:close(F) end, fun() -> file:read(F, 1) end, fun() -> file:close(F) end]),
    file:write_file("lines", "one\r\ntwo\nthree"),
    {ok, L} = file:open("lines", [read, raw, binary, read_ahead]),
    say_all("contents", [
        fun() -> file:read_line(L) end, fun() -> file:read(L, 2) end, fun() -> file:read_line(L) end,
        fun() -> file:read_line(L) end, fun() -> file:read_line(L) end, fun() -> file:write(L, "x") end, fun() -> file:close(L) end,
        fun() -> file:write_file("lines", "more", [append]), file:read_file("lines") end,
        fun() -> file:open("lines", [write, exclusive]) end,
        fun() -> {ok, W} = file:open("lines", [write]), R = file:read(W, 1), file:close(W), {R, file:read_file("lines")} end,
        fun() -> {ok, I} = file:open("lines", [write, {encoding, utf8}]), io:put_chars(I, "ä€"), file:close(I), file:read_file("lines") end,
        fun() -> {ok, I} = file:open("lines", [read, {encoding, utf8}]), R = io:get_line(I, ''), file:close(I), R end,
        fun() -> {ok, D} = file:open("lines", [write, raw, delayed_write]), file:write(D, "late"), file:close(D), file:read_file("lines") end,
        fun() -> {ok, D} = file:open("lines.gz", [write, raw, compressed]), file:write(D, "packed"), file:close(D),
                 {ok, E} = file:open("lines.gz", [read, raw, compressed, binary]), R = file:read(E, 100), file:close(E), R end,
        fun() -> file:copy("lines", "copy") end, fun() -> file:read_file("copy") end,
        fun() -> file:write_file("terms", "{a,1}.\n[b].\n"), file:consult("terms") end]).

tables_on_disk() ->
    {ok, t} = dets:open_file(t, [{file, "t.dets"}]),
    say_all("dets", [
        fun() -> dets:insert(t, [{N, N * N} || N <- lists:seq(1, 500)]) end, fun() -> dets:lookup(t, 77) end,
        fun() -> dets:delete(t, 77) end, fun() -> dets:member(t, 77) end, fun() -> dets:info(t, size) end,
        fun() -> dets:sync(t) end, fun() -> dets:close(t) end,
        fun() -> dets:open_file(t, [{file, "t.dets"}, {access, read}]) end,
        fun() -> lists:sum([V || {_, V} <- dets:match_object(t, '_')]) end, fun() -> dets:insert(t, {1, 2}) end,
        fun() -> dets:close(t) end, fun() -> dets:is_dets_file("t.dets") end, fun() -> dets:is_dets_file("terms") end]).

logs_on_disk() ->
    {ok, l} = disk_log:open([{name, l}, {file, "l.log"}]),
    say_all("disk_log", [
        fun() -> disk_log:log_terms(l, [{N, "text"} || N <- lists:seq(1, 200)]) end, fun() -> disk_log:sync(l) end,
        fun() -> {_, Terms} = disk_log:chunk(l, start), hd(Terms) end,
        fun() -> disk_log:close(l) end,
        fun() -> {ok, l} = disk_log:open([{name, l}, {file, "l.log"}]), ok end,
        fun() -> {_, Terms} = disk_log:chunk(l, start, 5), Terms end, fun() -> disk_log:truncate(l) end,
        fun() -> disk_log:chunk(l, start) end, fun() -> disk_log:close(l) end,
        fun() -> {ok, w} = disk_log:open([{name, w}, {file, "w.log"}, {type, wrap}, {size, {300, 3}}]), ok end,
        fun() -> [disk_log:log(w, {N, "some text"}) || N <- lists:seq(1, 40)], ok end, fun() -> disk_log:close(w) end,
        fun() -> lists:sort([N || "w.log" ++ _ = N <- element(2, file:list_dir("."))]) end]).

compression() ->
    Text = list_to_binary([integer_to_list(N * N) || N <- lists:seq(1, 5000)]),
    Z = zlib:open(),
    say_all("zlib", [
        fun() -> zlib:uncompress(zlib:compress(Text)) =:= Text end, fun() -> zlib:unzip(zlib:zip(Text)) =:= Text end,
        fun() -> zlib:gunzip(zlib:gzip(Text)) =:= Text end, fun() -> byte_size(zlib:compress(Text)) < byte_size(Text) div 2 end,
        fun() -> zlib:gunzip(<<1, 2, 3>>) end, fun() -> zlib:uncompress(<<1, 2, 3, 4, 5, 6, 7, 8, 9>>) end,
        fun() -> zlib:inflate(Z, <<1>>) end, fun() -> zlib:deflateInit(Z) end, fun() -> zlib:deflateInit(Z) end,
        fun() -> zlib:deflate(Z, "some text"), zlib:deflateEnd(Z) end, fun() -> zlib:inflateInit(Z, 8 + 7) end,
        fun() -> zlib:inflate(Z, zlib:compress("text")) end, fun() -> zlib:inflateEnd(Z) end,
        fun() -> zlib:inflateInit(Z), zlib:inflate(Z, <<120>>), zlib:inflateEnd(Z) end,
        fun() -> zlib:deflateInit(Z), A = zlib:deflateSetDictionary(Z, Text), C = zlib:deflate(Z, "99999", finish), zlib:deflateEnd(Z),
                 zlib:inflateInit(Z), R = (catch zlib:inflate(Z, C, [{exception_on_need_dict, false}])), zlib:inflateSetDictionary(Z, Text),
                 [A, element(1, R), element(2, R) =:= A, iolist_to_binary(zlib:inflate(Z, []))] end,
        fun() -> zlib:inflateEnd(Z), zlib:inflateInit(Z), {continue, Part} = zlib:safeInflate(Z, zlib:compress(binary:copy(Text, 20))), iolist_size(Part) > 1000 end,
        fun() -> zlib:close(Z) end, fun() -> zlib:close(Z) end, fun() -> zlib:deflateInit(foo, 1) end, fun() -> zlib:compress(foo) end]).

digests() ->
    Types = [sha, sha224, sha256, sha384, sha512, md5],
    Long = binary:copy(<<"text">>, 10000),
    say_all("crypto", [
        fun() -> [binary:encode_hex(crypto:hash(T, "abc")) || T <- Types] end,
        fun() -> [erlang:phash2(crypto:hash(T, Long)) || T <- Types] end,
        fun() -> [erlang:phash2(crypto:mac(hmac, T, "key", "data")) || T <- Types] end,
        fun() -> [erlang:phash2(crypto:mac(hmac, T, Long, Long)) || T <- Types] end,
        fun() -> S = crypto:hash_update(crypto:hash_init(sha), "ab"), [crypto:hash_final(crypto:hash_update(S, X)) || X <- ["c", "d"]] end,
        fun() -> crypto:mac_final(crypto:mac_update(crypto:mac_init(hmac, sha256, "k"), "data")) end,
        fun() -> crypto:pbkdf2_hmac(sha, <<"password">>, <<"salt">>, 3, 50) end,
        fun() -> [maps:without([type], crypto:hash_info(T)) || T <- Types] end, fun() -> crypto:exor(<<1, 2>>, <<3, 4>>) end,
        fun() -> crypto:mod_pow(3, 1000, 12345) end, fun() -> byte_size(crypto:strong_rand_bytes(20)) end,
        fun() -> crypto:strong_rand_bytes(20) =:= crypto:strong_rand_bytes(20) end,
        fun() -> crypto:hash_equals(<<1>>, <<1>>) end, fun() -> N = crypto:strong_rand_bytes(0), is_binary(N) end,
        fun() -> try crypto:hash(foo, "x") catch error:{R, _, _} -> R; error:R -> R end end]).

packets() ->
    D = fun(T, B, O) -> erlang:decode_packet(T, B, O) end,
    Bytes = [<<>>, <<1>>, <<0, 3, 1, 2, 3, 4>>, <<0, 0, 0, 2, 9, 8, 7>>, <<"line\nmore">>, <<"no line">>, <<3, 0, 0, 7, 1, 2, 3, 4>>,
             <<16#30, 3, 1, 2, 3, 4>>, <<"GIOP", 1, 0, 0, 0, 0, 0, 0, 1, 5, 6>>, <<1, 2, 0, 1, 0, 2, 1, 0, 5, 6, 7, 8>>],
    Types = [raw, 0, 1, 2, 4, line, asn1, sunrm, cdr, fcgi, tpkt],
    say_all("packet", [fun() -> [catch D(T, B, []) || B <- Bytes] end || T <- Types]),
    Http = [<<"GET / HTTP/1.1\r\n">>, <<"PATCH http://h:80/p HTTP/1.0\r\nrest">>, <<"HTTP/1.1 200 OK\r\n">>, <<"OPTIONS * HTTP/1.1\n">>, <<"wrong\r\n">>,
            <<"Host: x\r\n\r\n">>, <<"host: x\r\n">>, <<"x-own-name: a\r\n  b\r\nC: d\r\n">>, <<"\r\n">>, <<"CONNECT a:1 HTTP/1.1\r\n">>],
    say_all("packet", [fun() -> [catch D(T, B, []) || B <- Http] end || T <- [http, http_bin, httph, httph_bin]]),
    say_all("packet", [fun() -> D(foo, <<>>, []) end, fun() -> D(4, <<0, 0, 0, 9, 1>>, [{packet_size, 5}]) end, fun() -> D(line, <<"long line">>, [{line_length, 4}]) end,
                       fun() -> D(line, <<"a;b">>, [{line_delimiter, $;}]) end, fun() -> D(4, x, []) end, fun() -> D(4, <<>>, [x]) end]).

kinds() ->
    say_all("kinds", [
        fun() -> [erts_internal:term_type(T) || T <- [1, 1 bsl 80, 1.0, [], [1], {}, #{}, a, self(), make_ref(), fun lists:map/2, fun() -> ok end, binary:copy(<<1>>, 100)]] end,
        fun() -> erts_internal:map_to_tuple_keys(#{b => 1, a => 2}) end, fun() -> is_reference(list_to_ref("#Ref<0.1.2.3>")) end,
        fun() -> list_to_ref("foo") end, fun() -> erlang:match_spec_test({1, 2}, [{{'$1', '_'}, [], ['$1']}], table) end,
        fun() -> erlang:match_spec_test(a, [{{'$1', '_'}, [], ['$1']}], table) end,
        fun() -> binary:referenced_byte_size(<<1, 2, 3>>) end, fun() -> binary:referenced_byte_size(x) end,
        fun() -> spawn(1, 2, 3) end, fun() -> spawn(a, b, [1 | 2]) end, fun() -> erlang:hibernate(a, b, c) end]).

%% Before a crash.
write_unsynced() ->
    {ok, F} = file:open("/tmp/kept", [write, raw]),
    ok = file:write(F, "synced"), ok = file:sync(F), ok = file:write(F, " and lost"),
    ok = file:write_file("/tmp/lost", "never synced"),
    {ok, t} = dets:open_file(t, [{file, "/tmp/t.dets"}]),
    ok = dets:insert(t, [{N, N} || N <- lists:seq(1, 100)]), ok = dets:sync(t), ok = dets:insert(t, {late, 1}),
    {ok, Both} = file:read_file("/tmp/kept"), say("written ~s", [Both]),
    timer:sleep(infinity).

%% After it.
read_back() ->
    say("~0p ~0p", [file:read_file("/tmp/kept"), file:read_file("/tmp/lost")]),
    {ok, t} = dets:open_file(t, [{file, "/tmp/t.dets"}]),
    say("~0p ~0p ~0p", [dets:info(t, size), dets:lookup(t, 77), dets:lookup(t, late)]).

%% Mnesia with a table on the disk; the node stops in order.
database() ->
    ok = mnesia:create_schema([node()]), ok = mnesia:start(),
    {atomic, ok} = mnesia:create_table(account, [{disc_copies, [node()]}, {attributes, [name, sum]}]),
    Deposit = fun(N) -> mnesia:write({account, N, N * N}) end,
    [{atomic, ok} = mnesia:transaction(fun() -> Deposit(N) end) || N <- lists:seq(1, 50)],
    say("database ~0p ~0p", [mnesia:table_info(account, size), lists:sort(element(2, file:list_dir(mnesia:system_info(directory)))) =/= []]),
    init:stop().

database_again() ->
    ok = mnesia:start(), ok = mnesia:wait_for_tables([account], 10000),
    Sum = fun() -> mnesia:foldl(fun({account, _, S}, Acc) -> S + Acc end, 0, account) end,
    say("database ~0p ~0p", [mnesia:table_info(account, size), mnesia:transaction(Sum)]).
