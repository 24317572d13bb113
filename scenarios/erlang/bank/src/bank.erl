%% What users of the bank call, on any node.
-module(bank).

-export([put/2, get/1]).

%% How long a call goes on trying, and the pause between two tries.
-define(PATIENCE, 1800).
-define(PAUSE, 50).

%% Sets the balance of an account.
-spec put(term(), integer()) -> ok | {error, term()}.
put(Account, Balance) ->
    request({put, make_ref(), Account, Balance}, now_ms() + ?PATIENCE).

%% The balance of an account.
-spec get(term()) -> {ok, integer()} | not_found | {error, term()}.
get(Account) ->
    request({get, Account}, now_ms() + ?PATIENCE).

%% While the bank moves from one node to the other, its calls fail; a request is tried again, and the
%% server knows it again.
request(Request, Deadline) ->
    try
        gen_server:call({global, bank}, Request, max(1, Deadline - now_ms()))
    catch
        exit:{Reason, _} ->
            case now_ms() + ?PAUSE < Deadline of
                true ->
                    timer:sleep(?PAUSE),
                    request(Request, Deadline);
                false ->
                    exit({bank, Reason})
            end
    end.

now_ms() ->
    erlang:monotonic_time(millisecond).
