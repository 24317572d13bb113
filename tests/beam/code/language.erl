%% What the language can do, a case a clause. Each is run by Erlang itself and by the machine.
-module(language).
-export([cases/0, run/1, apply_me/2, id/1]).

-record(r, {a = 1, b = two, c = 3.0}).

cases() -> 192.

%% The value of a case, or its exception with the frames of this module and of functions in C.
run(N) ->
    try c(N) of
        Value -> {ok, Value}
    catch
        Class:Reason:Trace -> {Class, Reason, own(Trace)}
    end.

own([{M, F, A, L} | T]) when M =:= language; is_list(A) -> [{M, F, A, L} | own(T)];
own(_) -> [].

id(X) -> X.

%% Arithmetic.
c(1) -> [X + Y || X <- numbers(), Y <- numbers()];
c(2) -> [X - Y || X <- numbers(), Y <- numbers()];
c(3) -> [X * Y || X <- numbers(), Y <- integers()];
c(4) -> [X div Y || X <- integers(), Y <- integers(), Y =/= 0];
c(5) -> [X rem Y || X <- integers(), Y <- integers(), Y =/= 0];
c(6) -> [{X band Y, X bor Y, X bxor Y} || X <- integers(), Y <- integers()];
c(7) -> [{X bsl S, X bsr S} || X <- integers(), S <- [0, 1, 3, 63, 64, 100, -1, -70]];
c(8) -> [{-X, bnot X, abs(X)} || X <- integers()];
c(9) -> [X / Y || X <- numbers(), Y <- numbers(), Y =/= 0, Y /= 0.0, abs(X) < 1.0e100];
c(10) -> [{trunc(X), round(X), floor(X), ceil(X)} || X <- numbers()];
c(11) -> [float(X) || X <- numbers()];
c(12) -> id(1) + id(a);
c(13) -> id(1) div id(0);
c(14) -> id(1) / id(0.0);
c(15) -> id(1.0e300) * id(1.0e300);
c(16) -> id(1) bsl id(b);
c(17) -> -id(foo);
c(18) -> abs(id([]));
c(19) -> trunc(id(x));
c(20) -> fact(50);
c(21) -> fact(25) div fact(23);
c(22) -> float(fact(20));
c(23) -> fact(30) rem 1000000007;
c(24) -> X = id(2.5), Y = id(4), (X * Y + 1.5) / (X - 0.5) - Y;
c(25) -> X = id(2.5), -X * -X;
c(26) -> id(1) + id(#{});

%% Comparison.
c(30) -> [{X < Y, X =< Y, X == Y, X =:= Y, X /= Y} || X <- terms(), Y <- terms()];
c(31) -> [{min(X, Y), max(X, Y)} || X <- terms(), Y <- terms()];
c(32) -> [type(X) || X <- terms()];
c(33) -> [guards(X) || X <- terms()];
c(34) -> {1 == 1.0, 1 =:= 1.0, {1} == {1.0}, [1] =:= [1.0], #{1 => 1} == #{1 => 1.0}};
c(35) -> {id(9007199254740993) == id(9007199254740992.0), id(1 bsl 70) > id(1.0e20)};
c(36) -> [is_function(F, A) || F <- [fun id/1, fun(_, _) -> 1 end, a], A <- [0, 1, 2]];
c(37) -> is_function(id(fun id/1), id(-1));
c(38) -> [is_record(X, r) || X <- [#r{}, {r}, {r, 1, 2, 3}, r]];
c(39) -> is_map_key(id(a), id([]));

%% Tuples and records.
c(41) -> R = id(#r{a = x}), R2 = R#r{a = y, c = z}, {R#r.a, R2#r.a, R2};
c(42) -> R = id({not_r}), R#r.a;
c(43) -> element(id(2), {a, b});
c(44) -> element(id(3), {a, b});
c(45) -> element(id(0), {a, b});
c(46) -> element(id(1), id(x));
c(47) -> {tuple_size(id({1, 2})), size(id({})), size(id(<<1, 2>>))};
c(48) -> tuple_size(id(x));
c(49) -> {A, {B, [C | D]}, E} = id({1, {2, [3, 4]}, "e"}), [A, B, C, D, E];
c(50) -> {A, A} = id({1, 2}), A;

%% Lists.
c(51) -> [X || {X, 1} <- id([{a, 1}, {b, 2}, c, {d, 1}])];
c(52) -> [{X, Y} || X <- [1, 2, 3], Y <- [a, b], X =/= 2];
c(53) -> hd(id([]));
c(54) -> tl(id(x));
c(55) -> length(id([1, 2 | 3]));
c(56) -> length(id(lists_seq(1, 1000)));
c(57) -> [X || X <- id([1 | b])];
c(58) -> deep(10000);
c(59) -> case id([1, 2, 3, 4]) of [A, B | T] -> {A, B, T} end;

%% Maps.
c(60) -> M = id(#{a => 1}), M#{b => 2, a => 3, {x} => [1]};
c(61) -> M = id(#{a => 1}), M#{a := 2};
c(62) -> M = id(#{a => 1}), M#{b := 2};
c(63) -> M = id(nomap), M#{b => 2};
c(64) -> M = id(nomap), M#{b := 2};
c(65) -> #{a := X, b := {Y}} = id(#{a => 1, b => {2}, c => 3}), {X, Y};
c(66) -> #{z := X} = id(#{a => 1}), X;
c(67) -> [case M of #{a := 1} -> one; #{a := _} -> other; #{} -> none; _ -> no end
          || M <- [#{a => 1}, #{a => 2}, #{b => 1}, x]];
c(68) -> map_get(id(k), id(#{}));
c(69) -> map_get(id(k), id(no));
c(70) -> map_size(id([]));
c(71) -> M = big(100), {map_size(M), [map_get({k, I}, M) || I <- lists_seq(1, 100)]};
c(72) -> big(40) =:= big(40);
c(73) -> big(40) < big(41);
c(74) -> #{1 => a, 1.0 => b};
c(75) -> M = id(#{}), K = id("key"), M2 = M#{K => v}, #{K := V} = M2, {V, M2};
c(76) -> M = big_update(big(33), 33), [map_get({k, I}, M) || I <- lists_seq(1, 33)];
c(77) -> is_map_key({k, 3}, big(50)) and not is_map_key({k, 51}, big(50));
c(78) -> M = id(#{a => 1, b => 2}), case id(b) of K when map_get(K, M) =:= 2 -> yes; _ -> no end;

%% Funs.
c(80) -> F = fun(X) -> X * 2 end, [F(1), F(2)];
c(81) -> A = id(1), B = id(2), F = fun(X, Y) -> {A, B, X, Y} end, F(3, 4);
c(82) -> F = fun Loop(0) -> done; Loop(N) -> Loop(N - 1) end, F(10000);
c(83) -> (id(fun id/1))(7);
c(84) -> (id(fun language:id/1))(7);
c(85) -> (id(fun(_) -> 1 end))();
c(86) -> (id(x))(1);
c(87) -> apply(id(language), id(apply_me), [1, 2]);
c(88) -> M = id(language), M:apply_me(3, 4);
c(89) -> M = id(language), F = id(id), M:F(5);
c(90) -> apply(fun apply_me/2, [5, 6]);
c(91) -> apply(id(language), id(no_such_function), [1]);
c(92) -> M = id(no_such_module), M:f(1);
c(93) -> no_such_module:f(1, 2);
c(94) -> apply(id(1), x, []);
c(95) -> apply(id(language), id(id), [1 | 2]);
c(96) -> apply(id(fun id/1), [1, 2]);
c(97) -> {fun id/1 =:= fun id/1, fun language:id/1 =:= fun language:id/1};
c(98) -> G = compose([fun(X) -> X + 1 end, fun(X) -> X * 10 end, fun erlang:abs/1]), G(-5);
c(99) -> M = id(erlang), {M:abs(-3), apply(erlang, '+', [1, 2]), (id(fun erlang:'-'/1))(4)};

%% Exceptions.
c(100) -> throw(id(ball));
c(101) -> exit(id({some, reason}));
c(102) -> error(id(oops));
c(103) -> error(id(oops), [1, 2]);
c(104) -> catch throw(ball);
c(105) -> catch exit(bye);
c(106) -> {'EXIT', {R, [F | _]}} = (catch error(oops)), {R, F};
c(107) -> {'EXIT', {R, [F | _]}} = (catch id(1) + id(x)), {R, F};
c(108) -> try throw(a) catch throw:X -> {caught, X} end;
c(109) -> try id(1) of 1 -> one; _ -> other catch _:_ -> c after put_it(109) end;
c(110) -> try error(x) catch error:y -> no after put_it(110) end;
c(111) -> try id(3) of 1 -> one catch _:_ -> c end;
c(112) -> case id(3) of 1 -> one end;
c(113) -> X = id(5), if X > 10 -> yes end;
c(114) -> {a, b} = id({a, c});
c(115) -> clause(4);
c(116) -> try clause(4) catch error:R:S -> [{M, F, A, _} | _] = S, {R, M, F, A} end;
c(117) -> try try throw(in) catch throw:in -> throw(out) end catch throw:X -> X end;
c(118) -> try error(first) catch error:E:S -> erlang:raise(error, {again, E}, S) end;
c(119) -> try exit(one) catch exit:E -> exit({two, E}) end;
c(120) -> nested(20);
c(121) -> (catch nested(20)), after_catch;
c(122) -> erlang:raise(throw, x, []);
c(123) -> erlang:raise(foo, x, []);
c(124) -> try id(a) + 1 catch error:badarith:S -> length(S) > 0 end;
c(125) -> [catch begin case X of 1 -> throw(one); 2 -> error(two); 3 -> X end end || X <- [3, 1]];
c(126) -> error(id(oops), none);
c(127) -> try error(a, [b], [{error_info, #{cause => c}}]) catch _:R:S -> {R, hd(S)} end;

%% Bit strings: making.
c(130) -> [<<X:8, X:16, X:24/little, X:13, X:3>> || X <- [0, 1, -1, 255, 256, 123456789]];
c(131) -> [<<X:64, X:64/little, X:100, X:100/little, X:7>> || X <- integers()];
c(132) -> [<<X/float, X:32/float, X:64/float-little>> || X <- [0.0, 1.5, -2.25, 1, 3]];
c(133) -> B = id(<<"abc">>), <<B/binary, "def", B:2/binary, 0>>;
c(134) -> B = id(<<5:3>>), <<B/bitstring, B/bitstring, 1:2>>;
c(135) -> [<<C/utf8, C/utf16, C/utf16-little, C/utf32>> || C <- [0, $a, 229, 8364, 128512]];
c(136) -> <<(id(55296))/utf8>>;
c(137) -> <<(id(a)):8>>;
c(138) -> <<1:(id(-1))>>;
c(139) -> B = id(<<5:3>>), <<B/binary>>;
c(140) -> << <<(X * 2):16>> || <<X>> <= id(<<1, 2, 3>>), X =/= 2>>;
c(141) -> [X || <<X:4>> <= id(<<16#12, 16#34>>)];
c(142) -> append(lists_seq(1, 200), <<>>);
c(143) -> <<(id("x"))/binary>>;
c(144) -> << <<X:N>> || {X, N} <- [{1, 1}, {2, 2}, {3, 3}, {4, 5}]>>;
c(145) -> <<(id(1.0e100)):32/float>>;

%% Bit strings: matching.
c(150) -> <<A:4, B:12, C/binary>> = id(<<16#AB, 16#CD, 1, 2>>), {A, B, C};
c(151) -> <<N, B:N/binary, R/bitstring>> = id(<<3, 1, 2, 3, 4:4>>), {N, B, R};
c(152) -> <<A:16/little, B:16/signed, C:8/signed-little>> = id(<<1, 2, 255, 254, 128>>), {A, B, C};
c(153) -> <<A:100/signed, B:100/little, _:4/bitstring>> = id(<<255:8, 1:192, 3:4>>), {A, B};
c(154) -> <<F/float, G:32/float, H:16/float>> = id(<<1.5/float, 2.5:32/float, 60, 0>>), {F, G, H};
c(155) -> <<A/utf8, B/utf16, C/utf32, R/binary>> = id(<<8364/utf8, 128512/utf16, 229/utf32, 7>>), {A, B, C, R};
c(156) -> case id(<<255, 1>>) of <<X/utf8, _/binary>> -> X; <<X, _/binary>> -> {byte, X} end;
c(157) -> [parse(B) || B <- [<<"GET /">>, <<"PUT x">>, <<"PO">>, <<>>, <<1:1>>, x]];
c(158) -> <<"abc", R/binary>> = id(<<"abd">>), R;
c(159) -> sum(<<1, 2, 3, 4, 5>>, 0);
c(160) -> <<_:3, X:5, Y:3/bitstring, Z/bitstring>> = id(<<16#AB, 16#CD>>), {X, Y, Z};
c(161) -> [{byte_size(B), bit_size(B), is_binary(B), is_bitstring(B)} || B <- [<<>>, <<1:3>>, <<1, 2>>]];
c(162) -> binary_part(id(<<"hello">>), 1, 3);
c(163) -> binary_part(id(<<"hello">>), 3, 3);
c(164) -> {binary_part(id(<<"hello">>), {5, -2})};
c(165) -> B = append(lists_seq(1, 100), <<>>), <<_:50/binary, C:20/binary, _/binary>> = B, {C, C =:= id(C)};
c(166) -> S = id(8), <<X:S/unit:2, Y/binary>> = id(<<1, 2, 3>>), {X, Y};
c(167) -> words(<<"some words  here">>, <<>>, []);
c(168) -> <<X:72>> = id(<<1, 2, 3, 4, 5, 6, 7, 8, 9>>), X;
c(169) -> [case B of <<1, _:7>> -> a; <<1, _/bitstring>> -> b; <<>> -> c; <<_/bitstring>> -> d end
           || B <- [<<1, 1:7>>, <<1, 2>>, <<>>, <<1:1>>]];
c(170) -> quoted(<<"a\"b\\c\n">>, []);
c(171) -> [letter(C) || C <- "azAZ09_-"];
%% Exceptions of another class, options that are none, numbers of segments, the machine's byte order.
c(172) -> try again(fun() -> throw(thrown) end) catch Class:Reason -> {Class, Reason} end;
c(173) -> error(id(reason), [argument], [id(no_option)]);
c(174) -> error(id(reason), [argument], [{error_info, id(no_map)}]);
c(175) -> [try is_function(id(F), id(A)) catch _:R -> R end || F <- [fun id/1, no_fun], A <- [-1, -1 bsl 70, 1 bsl 70, a]];
c(176) -> {<<$W/native-utf16>> =:= id(<<$W, 0>>), utf16(<<$W:16/native>>), utf16(<<$W:16/big>>)};
c(177) -> <<1:32, "xyz", (id(<<"abc">>))/binary, (id(atom))/binary>>;
c(178) -> [float_to_list(id(F), [short]) || F <- [2.98023223876953125e-8, 0.1, 1.0e22, 9007199254740993.0, -5.0e-324]];
%% A map that is updated in a guard, and frames that are raised without a location.
c(179) -> [updated(M) || M <- [#{}, #{a => b}, #{a => c}, #{z => 1}, no_map]];
c(180) ->
    Frames = [[{m, f, [a]}], [{m, f, 2}], [{fun language:id/1, [a]}], [{m, f, 1, []}, {m, g, 2}], [], [{m, f, -1}],
              [{m, f, 1} | x], [{f, 1}]],
    [try erlang:raise(error, x, id(Given)) catch _:_:Trace -> Trace end || Given <- Frames];
c(181) -> <<(id(a)):8, 1:(id(b))>>;
c(182) -> <<(id(a))/binary, 1:(id(b))>>;
c(183) -> <<(id(<<1:3>>))/binary, 1:(id(b))>>;
c(184) -> <<(id(<<1>>)):2/binary, 1:(id(b))>>;
c(185) -> <<(id(a)):8, 1:(id(1 bsl 62))>>;
c(186) -> <<(id(a)):8, 1:(id(-1))/float>>;
c(187) -> <<(id(a)):8, (id(b))/binary>>;
c(188) -> <<(id(a)):8, (id(<<1:3>>))/binary>>;
c(189) -> <<(id(a)):8, (id(<<1>>)):9/binary>>;
c(190) -> <<(id(a)):8, (id(b))/utf32>>;
c(191) -> <<(id(a)):(id(b))/binary>>;
c(192) ->
    [case Info of {pid, Pid} -> {pid, is_pid(Pid)}; _ -> Info end
     || F <- [fun(X) -> X =:= id(1) end, fun id/1, fun lists:map/2], Info <- erlang:fun_info(id(F))];
c(N) -> {no_case, N}.

updated(M) when M#{a := b} =:= M -> same;
updated(M) when M#{a := b, z := 1} =:= a; map_size(M#{a := x}) =:= 1 -> has_key;
updated(M) when map_size(M#{z => 1}) =:= 1 -> small;
updated(_) -> other.

numbers() -> [0.0, 1.5, -2.5, 0.1, 1.0e22, 123456.789 | integers()].

integers() ->
    [0, 1, -1, 7, 255, -256, 65535, 1 bsl 32, (1 bsl 59) - 1, 1 bsl 59, -(1 bsl 59), -(1 bsl 59) - 1,
     1 bsl 63, (1 bsl 64) - 1, -(1 bsl 64), 1 bsl 70, -(1 bsl 100) + 12345].

terms() ->
    [0, 1, 1.0, -1, 1.5, 1 bsl 70, -(1 bsl 70), 1.0e30, a, b, '', aa, true, {}, {1}, {1.0}, {a, b},
     {1, 2, 3}, #{}, #{a => 1}, #{b => 0}, #{a => 1, b => 2}, [], [1], [1, 2], [1 | 2], "a", <<>>,
     <<1>>, <<1:1>>, <<"ab">>].

type(X) when is_integer(X) -> integer;
type(X) when is_float(X) -> float;
type(X) when is_boolean(X) -> boolean;
type(X) when is_atom(X) -> atom;
type(X) when is_tuple(X) -> {tuple, tuple_size(X)};
type(X) when is_map(X) -> {map, map_size(X)};
type([]) -> nil;
type([_ | _]) -> list;
type(X) when is_binary(X) -> {binary, byte_size(X)};
type(X) when is_bitstring(X) -> bits.

guards(X) when X > 1, X < 2 -> between;
guards(X) when hd(X) =:= 1; element(1, X) =:= a -> first;
guards(X) when length(X) > 0 -> long;
guards(X) when map_get(a, X) =:= 1 -> map;
guards(X) when byte_size(X) > 1 orelse abs(X) =:= 1 -> size;
guards(X) when X + 1 > 0 -> number;
guards(X) when not X -> false;
guards(_) -> none.

fact(0) -> 1;
fact(N) -> N * fact(N - 1).

lists_seq(A, B) when A > B -> [];
lists_seq(A, B) -> [A | lists_seq(A + 1, B)].

deep(0) -> [];
deep(N) -> [deep_id(N) | deep(N - 1)].

deep_id(N) when N rem 1000 =:= 0 -> N;
deep_id(_) -> x.

big(N) -> big(N, #{}).
big(0, M) -> M;
big(N, M) -> big(N - 1, M#{{k, N} => N * N}).

big_update(M, 0) -> M;
big_update(M, N) -> big_update(M#{{k, N} := N}, N - 1).

apply_me(X, Y) -> {X, Y}.

compose([F]) -> F;
compose([F | T]) -> G = compose(T), fun(X) -> F(G(X)) end.

put_it(X) -> X.

clause(1) -> a;
clause(2) -> b.

nested(0) -> error(bottom);
nested(N) -> [nested(N - 1)].

append([], B) -> B;
append([H | T], B) -> append(T, <<B/binary, H>>).

parse(<<"GET ", R/binary>>) -> {get, R};
parse(<<"PUT ", R/binary>>) -> {put, R};
parse(<<A, B>>) -> {A, B};
parse(<<>>) -> empty;
parse(B) when is_bitstring(B) -> bits;
parse(_) -> none.

sum(<<X, R/binary>>, A) -> sum(R, A + X);
sum(<<>>, A) -> A.

words(<<" ", R/binary>>, W, L) -> words(R, <<>>, [W | L]);
words(<<C, R/binary>>, W, L) -> words(R, <<W/binary, C>>, L);
words(<<>>, W, L) -> [W | L].

quoted(<<$", R/binary>>, A) -> quoted(R, [q | A]);
quoted(<<$\\, R/binary>>, A) -> quoted(R, [b | A]);
quoted(<<$\n, R/binary>>, A) -> quoted(R, [n | A]);
quoted(<<C/utf8, R/binary>>, A) -> quoted(R, [C | A]);
quoted(<<>>, A) -> A.

letter(C) when C >= $a, C =< $z -> lower;
letter(C) when C >= $A, C =< $Z -> upper;
letter(C) -> case C of $0 -> zero; $9 -> nine; $_ -> under; _ -> other end.

%% The exception is raised again by the compiler's own instruction after it has changed its class.
again(F) ->
    try change_class(F)
    after put(again, true)
    end.

change_class(F) ->
    try F()
    catch throw:Reason:Trace -> erlang:raise(error, Reason, Trace)
    end.

utf16(<<C/native-utf16>>) -> C;
utf16(B) -> B.
