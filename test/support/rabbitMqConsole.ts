import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * Run by a node of RabbitMQ as it starts: takes an Erlang expression from each connection, up to the end of what is sent, and answers with
 * its value. rabbitmqctl starts an Erlang of its own for that, half a second of CPU for each of thousands of calls.
 */
export const consoleScript = (port: number): string => `
Evaluate = fun(Text) ->
  {ok, Tokens, _} = erl_scan:string(Text),
  {ok, Parsed} = erl_parse:parse_exprs(Tokens),
  {value, Value, _} = erl_eval:exprs(Parsed, []),
  Value
end,
Answer = fun(Socket) ->
  {ok, Text} = gen_tcp:recv(Socket, 0),
  Said = try {"ok ", Evaluate(Text)} catch Class:Reason -> {"error ", {Class, Reason}} end,
  ok = gen_tcp:send(Socket, io_lib:format("~s~tp", tuple_to_list(Said))),
  gen_tcp:close(Socket)
end,
spawn(fun() ->
  {ok, Listening} = gen_tcp:listen(${port}, [list, {packet, 4}, {active, false}, {reuseaddr, true}, {ip, {127, 0, 0, 1}}]),
  (fun Accept() ->
    {ok, Socket} = gen_tcp:accept(Listening),
    Served = spawn(fun() -> receive yours -> Answer(Socket) end end),
    ok = gen_tcp:controlling_process(Socket, Served),
    Served ! yours,
    Accept()
  end)()
end).
`;

/** @returns what Erlang prints of the value */
export async function evaluate(port: number, expression: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'connect');
  const text = Buffer.from(`${expression}.`);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  socket.write(Buffer.concat([length, text]));
  await once(socket, 'close');
  const answer = Buffer.concat(chunks).subarray(4).toString();
  const [, outcome, value = ''] = /^(ok|error) (.*)$/s.exec(answer) ?? [];
  if (outcome !== 'ok') throw new Error(`RabbitMQ could not evaluate ${expression}: ${value}`);
  return value;
}
