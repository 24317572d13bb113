%% A ledger with a global name: whoever runs last has the name.
-module(ledger).
-behaviour(gen_server).

-export([start_link/1, enter/1, entries/0, hand_over/1]).
-export([init/1, handle_call/3, handle_cast/2]).

%% A ledger with these entries.
start_link(Entries) ->
    gen_server:start_link({local, ?MODULE}, ?MODULE, Entries, []).

enter(Entry) ->
    call({enter, Entry}).

entries() ->
    call(entries).

%% The entries of the ledger on a node, which takes no more from then on.
hand_over(Node) ->
    gen_server:call({?MODULE, Node}, hand_over).

call(Request) ->
    try
        gen_server:call({global, ?MODULE}, Request, 1000)
    catch
        %% Nobody has the name: nothing was done.
        exit:{noproc, _} -> {error, nobody}
    end.

init(Entries) ->
    global:re_register_name(?MODULE, self()),
    {ok, Entries}.

handle_call(hand_over, _From, Entries) ->
    {reply, Entries, handed_over};
handle_call(_Request, _From, handed_over) ->
    {reply, {error, moved}, handed_over};
handle_call({enter, Entry}, _From, Entries) ->
    {reply, ok, lists:usort([Entry | Entries])};
handle_call(entries, _From, Entries) ->
    {reply, {ok, Entries}, Entries}.

handle_cast(_Message, Entries) ->
    {noreply, Entries}.
