%% Compiles the modules of a folder of test suites, as many at a time as there are cores.
-module(suite_compiler).
-export([main/1]).

main([Folder | Names]) ->
    put(includes, {i, filename:join(Folder, "source/lib")}),
    Folders = ["driver", "emulator_test", "stdlib_test", "kernel_test"],
    [compile_folder(filename:join(Folder, Tests), Names) || Tests <- Folders],
    halt().

%% The names of files in stack traces have no folders, so the sources have none.
compile_folder(Folder, Names) ->
    ok = file:set_cwd(Folder),
    Sources = sources(Names),
    Missing = [Source || Source <- Sources, is_older(filename:rootname(Source) ++ ".beam", Source)],
    Failed = in_parallel(Missing, erlang:system_info(schedulers), []),
    io:format("~ts: ~b modules compiled, ~b were there, ~b cannot be compiled ~ts~n",
              [filename:basename(Folder), length(Missing) - length(Failed),
               length(Sources) - length(Missing), length(Failed), lists:join(" ", lists:sort(Failed))]).

%% The suites that are named, and all modules that help suites.
sources(Names) ->
    [Source || Source <- filelib:wildcard("*.erl"), is_wanted(filename:basename(Source, ".erl"), Names)].

is_wanted(Module, Names) ->
    Names =:= [] orelse lists:member(Module, Names) orelse not lists:suffix("_SUITE", Module).

is_older(Beam, Source) ->
    filelib:last_modified(Beam) < filelib:last_modified(Source).

in_parallel([Source | Sources], Free, Failed) when Free > 0 ->
    Includes = get(includes),
    spawn_monitor(fun() -> exit({Source, compile(Source, Includes)}) end),
    in_parallel(Sources, Free - 1, Failed);
in_parallel(Sources, Free, Failed) ->
    Busy = erlang:system_info(schedulers) - Free,
    if
        Busy =:= 0 -> Failed;
        true ->
            receive
                {'DOWN', _, process, _, {_, true}} -> in_parallel(Sources, Free + 1, Failed);
                {'DOWN', _, process, _, {Source, false}} ->
                    in_parallel(Sources, Free + 1, [Source | Failed])
            end
    end.

compile(Source, Includes) ->
    Options = [debug_info, nowarn_export_all, return_errors, Includes],
    case catch compile:file(Source, Options) of
        {ok, _} -> true;
        _ -> false
    end.
