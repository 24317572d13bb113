%% Serves a request: calls the database until it has an answer or the time is up.
-module(http_request).

-export([start_link/3]).
-export([serve/3]).

start_link(From, Operation, Within) ->
    {ok, proc_lib:spawn_link(?MODULE, serve, [From, Operation, Within])}.

serve(From, Operation, Within) ->
    Deadline = now_ms() + Within,
    {Reply, Tries} = attempt(Operation, Deadline, true, 1),
    gen_server:reply(From, Reply),
    tell(Operation, Reply, Tries).

%% Certain is true as long as nothing can have been done.
attempt(Operation, Deadline, Certain, Try) ->
    {ok, Every} = application:get_env(http, retry_every),
    {ok, Longest} = application:get_env(http, try_timeout),
    case try_once(Operation, max(0, min(Longest, Deadline - now_ms()))) of
        {ok, Answer} ->
            {{ok, Answer}, Try};
        {error, Reason, IsCertain} ->
            StillCertain = Certain andalso IsCertain,
            case now_ms() + Every < Deadline of
                true ->
                    timer:sleep(Every),
                    attempt(Operation, Deadline, StillCertain, Try + 1);
                false when StillCertain ->
                    {{error, {unavailable, text(Reason)}}, Try};
                false ->
                    {{error, {unclear, text(Reason)}}, Try}
            end
    end.

try_once(Operation, Timeout) ->
    case global:whereis_name(database) of
        undefined ->
            {error, not_running, true};
        Database ->
            try gen_server:call(Database, {do, Operation}, Timeout) of
                {ok, Answer} -> {ok, Answer};
                {error, not_leading} -> {error, not_leading, true};
                {error, Reason} -> {error, Reason, false}
            catch
                exit:{noproc, _} -> {error, noproc, true};
                exit:{Reason, _} -> {error, Reason, false}
            end
    end.

%% Tells the others what became of it; nobody waits for them.
tell({Name, #{room := Room}}, Reply, Tries) ->
    Result = case Reply of
                 {ok, _} -> <<"ok">>;
                 {error, {_, Reason}} -> Reason
             end,
    Line = io_lib:format("~p in ~ts: ~ts after ~p tries", [Name, Room, Result, Tries]),
    gen_server:cast({global, log}, {line, unicode:characters_to_binary(Line)}),
    case Reply of
        {ok, _} -> gen_server:cast({global, reporting}, served);
        {error, _} -> gen_server:cast({global, reporting}, {failed, Result})
    end,
    case Reply of
        {ok, {posted, _}} -> gen_server:cast({global, analytics}, {posted, Room});
        _ -> ok
    end.

text(Reason) ->
    unicode:characters_to_binary(io_lib:format("~p", [Reason])).

now_ms() ->
    erlang:monotonic_time(millisecond).
