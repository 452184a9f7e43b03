#!/usr/bin/env escript
%% NETCONF over Erlang's ssh, the SSH of ConfD and NSO: client or server, each on a socket that it dialled or accepted.
%%
%% usage: netconf.escript client|server dial|listen PORT FOLDER [KEY=VALUE ...]
%% FOLDER holds the keys under the names that Erlang looks for: ssh_host_*_key and authorized_keys for a server,
%% id_* for a client. Every event is one line of JSON on standard output.
-module(netconf).
-mode(compile).
-behaviour(ssh_server_channel).
-export([main/1, init/1, handle_msg/2, handle_ssh_msg/2, terminate/2]).

-define(BASE, "urn:ietf:params:xml:ns:netconf:base:1.0").
-define(CAPABILITY, "urn:ietf:params:netconf:").

main([Role, Way, Port, Folder | Pairs]) ->
    {ok, _} = application:ensure_all_started(ssh),
    Options = maps:from_list([list_to_tuple(string:split(Pair, "=")) || Pair <- Pairs]),
    try run(Role, Way, list_to_integer(Port), Folder, Options)
    catch
        _:Why -> event([{event, "result"}, {connected, false}, {error, text(Why)}])
    end.

run("client", Way, Port, Folder, Options) ->
    client(socket(Way, Port), Folder, Options);
run("server", "dial", Port, Folder, Options) ->
    %% A connected TCP socket becomes an SSH server: this is all there is to a Call Home device.
    {ok, Daemon} = ssh:daemon(socket("dial", Port), server_options(Folder, Options)),
    wait_for_end(Daemon);
run("server", "listen", Port, Folder, Options) ->
    Listener = listen(Port),
    accept_forever(Listener, server_options(Folder, Options)).

%% ssh wants a passive socket in list mode.
socket("dial", Port) ->
    {ok, Socket} = gen_tcp:connect({127, 0, 0, 1}, Port, [list, {active, false}], 5000),
    Socket;
socket("listen", Port) ->
    Listener = listen(Port),
    {ok, Socket} = gen_tcp:accept(Listener, 30000),
    ok = gen_tcp:close(Listener),
    Socket.

listen(Port) ->
    {ok, Listener} = gen_tcp:listen(Port, [list, {active, false}, {ip, {127, 0, 0, 1}}]),
    {ok, Bound} = inet:port(Listener),
    event([{event, "listening"}, {port, Bound}]),
    Listener.

accept_forever(Listener, SshOptions) ->
    {ok, Socket} = gen_tcp:accept(Listener),
    {ok, _} = ssh:daemon(Socket, SshOptions),
    accept_forever(Listener, SshOptions).

wait_for_end(Daemon) ->
    receive closed -> ssh:stop_daemon(Daemon) end.

algorithms(Options) ->
    Lists = [{Name, [list_to_atom(Each) || Each <- string:tokens(maps:get(Key, Options), ",")]}
             || {Key, Name} <- [{"kex", kex}, {"cipher", cipher}, {"mac", mac}, {"publicKey", public_key}],
                maps:is_key(Key, Options)],
    Rekey = [{rekey_limit, {infinity, list_to_integer(maps:get("rekeyBytes", Options))}}
             || maps:is_key("rekeyBytes", Options)],
    [{preferred_algorithms, Lists} || Lists =/= []] ++ Rekey.

%%% Client

client(Socket, Folder, Options) ->
    Expected = maps:get("fingerprint", Options),
    Accepts = fun(_Peer, Fingerprint) -> Fingerprint =:= Expected end,
    Password = [{password, maps:get("password", Options)} || maps:is_key("password", Options)],
    {ok, Connection} = ssh:connect(Socket, [
        {user, maps:get("user", Options)}, {user_dir, Folder}, {user_interaction, false},
        %% The key is known by its fingerprint: an address says nothing in a Call Home.
        {silently_accept_hosts, {sha256, Accepts}}, {save_accepted_host, false}
        | Password ++ algorithms(Options)], 15000),
    {ok, Channel} = ssh_connection:session_channel(Connection, 5000),
    success = ssh_connection:subsystem(Connection, Channel, "netconf", 5000),
    Send = fun(Framing, Message) -> ok = ssh_connection:send(Connection, Channel, encode(Framing, Message), 10000) end,
    Versions = versions(Options),
    Send(end_of_message, hello(Versions, "", "")),
    {Hello, Rest} = receive_message(end_of_message, Connection, Channel, <<>>),
    Framing = framing(Versions, Hello),
    {ok, Script} = file:read_file(filename:join(Folder, "operations")),
    Operations = string:lexemes(Script, [0]) ++ ["<close-session/>"],
    Replies = operations(1, Operations, Framing, Rest, Send, Connection, Channel),
    ssh:close(Connection),
    event([{event, "result"}, {connected, true}, {base, base(Framing)}, {sessionId, first(Hello, "session-id>([0-9]+)<")},
           {capabilities, all(Hello, "capability>\\s*([^<\\s]+)\\s*<")}, {replies, Replies}]).

operations(_, [], Framing, Rest, _, Connection, Channel) ->
    remaining(Framing, Connection, Channel, Rest);
operations(Id, [Operation | More], Framing, Rest, Send, Connection, Channel) ->
    Send(Framing, io_lib:format("<rpc message-id=\"~b\" xmlns=\"~s\">~s</rpc>", [Id, ?BASE, Operation])),
    {Reply, Left} = until_reply(Id, Framing, Connection, Channel, Rest, []),
    Reply ++ operations(Id + 1, More, Framing, Left, Send, Connection, Channel).

%% Events may come before the reply.
until_reply(Id, Framing, Connection, Channel, Buffer, Seen) ->
    {Message, Rest} = receive_message(Framing, Connection, Channel, Buffer),
    case first(Message, "message-id=[\"']([^\"']*)") =:= integer_to_list(Id) of
        true -> {lists:reverse([Message | Seen]), Rest};
        false -> until_reply(Id, Framing, Connection, Channel, Rest, [Message | Seen])
    end.

%% Events may follow the last reply, up to the end of the channel.
remaining(Framing, Connection, Channel, Buffer) ->
    try receive_message(Framing, Connection, Channel, Buffer) of
        {Message, Rest} -> [Message | remaining(Framing, Connection, Channel, Rest)]
    catch throw:closed -> []
    end.

receive_message(Framing, Connection, Channel, Buffer) ->
    case decode(Framing, Buffer) of
        more ->
            receive
                {ssh_cm, Connection, {data, Channel, 0, Data}} ->
                    ssh_connection:adjust_window(Connection, Channel, byte_size(Data)),
                    receive_message(Framing, Connection, Channel, <<Buffer/binary, Data/binary>>);
                {ssh_cm, Connection, {closed, Channel}} -> throw(closed)
            after 20000 -> throw(timeout)
            end;
        Found -> Found
    end.

%%% Server: one process of this behaviour for each channel

server_options(Folder, Options) ->
    Main = self(),
    Password = [{user_passwords, [{maps:get("user", Options), maps:get("password", Options)}]}
                || maps:is_key("password", Options)],
    Connected = fun(User, _Peer, Method) ->
        event([{event, "connected"}, {username, text(User)}, {method, text(Method)}]) end,
    Disconnected = fun(Why) -> event([{event, "closed"}, {error, text(Why)}]), Main ! closed end,
    Failed = fun(User, _Peer, Why) -> event([{event, "failed"}, {username, text(User)}, {error, text(Why)}]) end,
    [{system_dir, Folder}, {user_dir, Folder}, {shell, disabled}, {exec, disabled},
     {subsystems, [{"netconf", {?MODULE, [Options]}}]},
     {connectfun, Connected}, {disconnectfun, Disconnected}, {failfun, Failed}
     | Password ++ algorithms(Options)].

init([Options]) ->
    {ok, #{options => Options, framing => hello, buffer => <<>>}}.

handle_msg({ssh_channel_up, Channel, Connection}, #{options := Options} = State) ->
    Id = integer_to_list(erlang:unique_integer([positive]) rem 4294967295 + 1),
    Notification = "<capability>" ?CAPABILITY "capability:notification:1.0</capability>",
    Hello = hello(versions(Options), Notification, "<session-id>" ++ Id ++ "</session-id>"),
    ok = ssh_connection:send(Connection, Channel, encode(end_of_message, Hello)),
    {ok, State#{channel => Channel, connection => Connection}};
handle_msg(_, State) ->
    {ok, State}.

handle_ssh_msg({ssh_cm, _, {data, _, 0, Data}}, #{buffer := Buffer} = State) ->
    answer(State#{buffer := <<Buffer/binary, Data/binary>>});
handle_ssh_msg({ssh_cm, _, {eof, Channel}}, State) ->
    {stop, Channel, State};
handle_ssh_msg(_, State) ->
    {ok, State}.

terminate(_, _) ->
    ok.

answer(#{framing := hello, buffer := Buffer, options := Options} = State) ->
    case decode(end_of_message, Buffer) of
        more -> {ok, State};
        {Hello, Rest} ->
            Framing = framing(versions(Options), Hello),
            event([{event, "hello"}, {base, base(Framing)}, {capabilities, all(Hello, "capability>\\s*([^<\\s]+)\\s*<")}]),
            answer(State#{framing := Framing, buffer := Rest})
    end;
answer(#{framing := Framing, buffer := Buffer} = State) ->
    case decode(Framing, Buffer) of
        more -> {ok, State};
        {Rpc, Rest} ->
            #{channel := Channel, connection := Connection, options := Options} = State,
            Operation = first(Rpc, "<(?:[\\w.-]+:)?rpc\\s[^>]*>\\s*<(?:[\\w.-]+:)?([\\w.-]+)"),
            event([{event, "rpc"}, {operation, Operation}]),
            {Body, Events} = reply(Operation, list_to_integer(maps:get("dataBytes", Options, "0"))),
            Id = first(Rpc, "message-id=[\"']([^\"']*)"),
            Reply = ["<rpc-reply message-id=\"", Id, "\" xmlns=\"", ?BASE, "\">", Body, "</rpc-reply>"],
            [ok = ssh_connection:send(Connection, Channel, encode(Framing, Each)) || Each <- [Reply | Events]],
            case Operation of
                "close-session" ->
                    ssh_connection:exit_status(Connection, Channel, 0),
                    ssh_connection:send_eof(Connection, Channel),
                    {stop, Channel, State};
                _ -> answer(State#{buffer := Rest})
            end
    end.

reply(Get, DataBytes) when Get =:= "get"; Get =:= "get-config" ->
    Filler = lists:duplicate(DataBytes, $x),
    {["<data><top xmlns=\"urn:example:peer\"><name>peer</name><filler>", Filler, "</filler></top></data>"], []};
reply("create-subscription", _) ->
    {"<ok/>", ["<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\">"
               "<eventTime>2024-01-01T00:00:00Z</eventTime><happened xmlns=\"urn:example:peer\"/></notification>"]};
reply("close-session", _) ->
    {"<ok/>", []};
reply(_, _) ->
    {"<rpc-error><error-type>protocol</error-type><error-tag>operation-not-supported</error-tag>"
     "<error-severity>error</error-severity></rpc-error>", []}.

%%% Both framings of RFC 6242

encode(end_of_message, Message) -> iolist_to_binary([Message, "]]>]]>"]);
encode(chunked, Message) ->
    Binary = iolist_to_binary(Message),
    iolist_to_binary(["\n#", integer_to_list(byte_size(Binary)), "\n", Binary, "\n##\n"]).

%% {Message, Rest} or more
decode(end_of_message, Buffer) ->
    case binary:split(Buffer, <<"]]>]]>">>) of
        [Message, Rest] -> {Message, Rest};
        [_] -> more
    end;
decode(chunked, Buffer) -> chunks(Buffer, []).

chunks(<<"\n##\n", Rest/binary>>, Chunks) ->
    {iolist_to_binary(lists:reverse(Chunks)), Rest};
chunks(<<"\n#", More/binary>>, Chunks) ->
    case binary:split(More, <<"\n">>) of
        [Header, Rest] ->
            Size = binary_to_integer(Header),
            case Rest of
                <<Chunk:Size/binary, After/binary>> -> chunks(After, [Chunk | Chunks]);
                _ -> more
            end;
        [_] -> more
    end;
chunks(_, _) -> more.

hello(Versions, More, SessionId) ->
    Offered = [["<capability>", ?CAPABILITY, "base:", Version, "</capability>"] || Version <- Versions],
    ["<hello xmlns=\"", ?BASE, "\"><capabilities>", Offered, More, "</capabilities>", SessionId, "</hello>"].

versions(Options) -> string:tokens(maps:get("versions", Options, "1.0,1.1"), ",").

framing(Versions, Hello) ->
    Has11 = binary:match(Hello, <<"netconf:base:1.1">>) =/= nomatch,
    case Has11 andalso lists:member("1.1", Versions) of
        true -> chunked;
        false -> end_of_message
    end.

base(chunked) -> "1.1";
base(end_of_message) -> "1.0".

first(Text, Pattern) ->
    case re:run(Text, Pattern, [{capture, [1], list}]) of
        {match, [Found]} -> Found;
        nomatch -> ""
    end.

all(Text, Pattern) ->
    case re:run(Text, Pattern, [global, {capture, [1], binary}]) of
        {match, Found} -> [Each || [Each] <- Found];
        nomatch -> []
    end.

%%% Events as JSON. A list of binaries is an array; any other list is a string.

text(Term) when is_list(Term) -> Term;
text(Term) -> lists:flatten(io_lib:format("~0p", [Term])).

event(Fields) ->
    Members = [["\"", atom_to_list(Name), "\":", json(Value)] || {Name, Value} <- Fields],
    file:write(standard_io, ["{", lists:join(",", Members), "}\n"]).

json(Value) when is_integer(Value) -> integer_to_list(Value);
json(Value) when is_atom(Value) -> atom_to_list(Value);
json([First | _] = Values) when is_binary(First) -> ["[", lists:join(",", [json(Each) || Each <- Values]), "]"];
json(Value) ->
    Escape = fun($") -> "\\\""; ($\\) -> "\\\\"; (C) when C < 32 -> io_lib:format("\\u~4.16.0b", [C]); (C) -> C end,
    ["\"", [Escape(C) || C <- binary_to_list(iolist_to_binary(Value))], "\""].
