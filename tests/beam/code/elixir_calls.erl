%% Calls of Elixir's own modules, each made in Erlang itself and in the machine.
-module(elixir_calls).
-export([cases/0, run/1]).

cases() -> length(calls()).

run(N) ->
    F = lists:nth(N, calls()),
    try F() of
        Value -> {ok, Value}
    catch
        Class:Reason -> {Class, Reason}
    end.

calls() ->
    L = [5, 3, 1, 4, 1, 5, 9, 2, 6],
    [fun() -> 'Elixir.Enum':sort(L) end,
     fun() -> 'Elixir.Enum':map(L, fun(X) -> X * 2 end) end,
     fun() -> 'Elixir.Enum':group_by(L, fun(X) -> X rem 3 end) end,
     fun() -> 'Elixir.Enum':chunk_every(L, 4) end,
     fun() -> 'Elixir.Enum':frequencies(L) end,
     fun() -> 'Elixir.Enum':join(L, <<", ">>) end,
     fun() -> 'Elixir.Enum':zip([1, 2], [a, b]) end,
     fun() -> 'Elixir.Enum':reduce(L, 0, fun(X, A) -> X + A end) end,
     fun() -> 'Elixir.Enum':take('Elixir.Stream':cycle([1, 2]), 5) end,
     fun() -> 'Elixir.String':split(<<"a b  c">>) end,
     fun() -> 'Elixir.String':split(<<"a,b,,c">>, <<",">>) end,
     fun() -> 'Elixir.String':upcase(<<"straße é"/utf8>>) end,
     fun() -> 'Elixir.String':capitalize(<<"hello WORLD">>) end,
     fun() -> 'Elixir.String':reverse(<<"naïve"/utf8>>) end,
     fun() -> 'Elixir.String':length(<<"naïve"/utf8>>) end,
     fun() -> 'Elixir.String':replace(<<"a-b-c">>, <<"-">>, <<"+">>) end,
     fun() -> 'Elixir.String':pad_leading(<<"7">>, 3, <<"0">>) end,
     fun() -> 'Elixir.String':slice(<<"hello world">>, 3, 4) end,
     fun() -> 'Elixir.String':trim(<<"  x ">>) end,
     fun() -> 'Elixir.Integer':to_string(255, 16) end,
     fun() -> 'Elixir.Integer':digits(1234) end,
     fun() -> 'Elixir.Float':round(3.14159, 2) end,
     fun() -> 'Elixir.Map':merge(#{a => 1}, #{b => 2}) end,
     fun() -> 'Elixir.Keyword':get([{a, 1}, {b, 2}], b) end,
     %% Their regular expressions are in these modules as the compiler of Elixir left them.
     fun() -> 'Elixir.URI':parse(<<"http://example.org:8080/a?b=c#d">>) end,
     fun() -> 'Elixir.OptionParser':split(<<"a 'b c' d">>) end,
     fun() -> 'Elixir.Regex':scan('Elixir.Regex':'compile!'(<<"(?<y>\\d+)-(\\d+)">>), <<"20-01 21-02">>) end,
     fun() -> 'Elixir.MapSet':to_list('Elixir.MapSet':new([3, 1, 2, 1])) end,
     fun() -> 'Elixir.Kernel':inspect({a, [1, 2.5], #{b => <<"c">>}, "chars"}) end,
     fun() -> 'Elixir.Kernel':inspect('Elixir.MapSet':new([1, 2])) end,
     fun() -> 'Elixir.URI':encode(<<"a b/ü"/utf8>>) end,
     fun() -> 'Elixir.Base':encode16(<<"abc">>) end,
     fun() -> 'Elixir.Base':decode64(<<"aGVsbG8=">>) end,
     fun() -> 'Elixir.Date':to_string('Elixir.Date':add('Elixir.Date':'new!'(2024, 2, 28), 2)) end,
     fun() -> 'Elixir.Version':'match?'(<<"1.2.3">>, <<"~> 1.0">>) end,
     fun() -> 'Elixir.Path':join(<<"a">>, <<"b">>) end,
     fun() -> 'Elixir.Enum':at('Elixir.Range':new(1, 10), 3) end,
     fun() -> 'Elixir.Enum':fetch(L, 100) end,
     fun() -> 'Elixir.Enum':max([]) end,
     fun() -> 'Elixir.String':to_integer(<<"x">>) end,
     fun() -> 'Elixir.Map':'fetch!'(#{}, a) end].
