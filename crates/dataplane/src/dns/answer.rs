//! From a question's bytes to an answer's, as far as the zone knows.
//!
//! **Invariant**: pure; whatever bytes come in, at most one message comes out, and never a longer one than the client takes.

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{A, PTR};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};

use super::zone::{Known, Zone};

/// Seconds that an answer may be kept, as AWS's resolver has it.
const TTL: u32 = 60;
/// Bytes of a header: less is no message.
const HEADER: usize = 12;

/// What to do with a question.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Answer with these bytes.
    Reply(Vec<u8>),
    /// Ask the host's resolvers.
    Forward,
    /// Nothing: it is no question.
    Ignore,
}

/// How the question came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// In a datagram: a long answer is cut and marked so.
    Udp,
    /// Over a connection.
    Tcp,
}

/// What to do with the bytes of a question.
pub fn answer(zone: &Zone, question: &[u8], transport: Transport) -> Action {
    let Ok(question) = Message::from_vec(question) else {
        return refusal(question, ResponseCode::FormErr);
    };
    if question.metadata.message_type != MessageType::Query {
        return Action::Ignore;
    }
    let mut reply = Message::response(question.metadata.id, question.metadata.op_code);
    reply.metadata.recursion_desired = question.metadata.recursion_desired;
    reply.metadata.recursion_available = true;
    reply.queries.clone_from(&question.queries);
    match decide(zone, &question, &mut reply) {
        Some(code) => reply.metadata.response_code = code,
        None => return Action::Forward,
    }
    encode(reply, question.max_payload(), transport)
}

/// Fills in the records and says the code; `None` where others know.
fn decide(zone: &Zone, question: &Message, reply: &mut Message) -> Option<ResponseCode> {
    if question.metadata.op_code != OpCode::Query {
        return Some(ResponseCode::NotImp);
    }
    let [query] = question.queries.as_slice() else {
        return Some(ResponseCode::FormErr);
    };
    if query.query_class() != DNSClass::IN {
        return Some(ResponseCode::Refused);
    }
    let (name, kind) = (query.name(), query.query_type());
    let text = name.to_ascii();
    let known = if kind == RecordType::PTR {
        zone.find_reverse(&text)
    } else {
        zone.find(&text)
    };
    reply.metadata.authoritative = known != Known::Elsewhere;
    match known {
        Known::Elsewhere => return None,
        Known::Nothing => return Some(ResponseCode::NXDomain),
        Known::Addresses(addresses) if matches!(kind, RecordType::A | RecordType::ANY) => {
            reply.add_answers(
                addresses
                    .into_iter()
                    .map(|address| Record::from_rdata(name.clone(), TTL, RData::A(A(address)))),
            );
        }
        Known::Addresses(_) => {}
        Known::Name(target) => match Name::from_ascii(format!("{target}.")) {
            Ok(target) => drop(reply.add_answer(Record::from_rdata(name.clone(), TTL, RData::PTR(PTR(target))))),
            Err(_) => return Some(ResponseCode::ServFail),
        },
    }
    Some(ResponseCode::NoError)
}

fn encode(reply: Message, most: u16, transport: Transport) -> Action {
    match reply.to_vec() {
        Ok(bytes) if transport == Transport::Udp && bytes.len() > usize::from(most) => {
            reply.truncate().to_vec().map_or(Action::Ignore, Action::Reply)
        }
        Ok(bytes) => Action::Reply(bytes),
        Err(_) => Action::Ignore,
    }
}

/// A bare answer with a code to bytes that may be no good question.
fn refusal(question: &[u8], code: ResponseCode) -> Action {
    let answered = question.get(2).is_none_or(|flags| flags & 0x80 != 0);
    if question.len() < HEADER || answered {
        return Action::Ignore;
    }
    let reply = Message::error_msg(u16::from_be_bytes([question[0], question[1]]), OpCode::Query, code);
    reply.to_vec().map_or(Action::Ignore, Action::Reply)
}

/// The answer where nobody could be asked.
pub fn failure(question: &[u8]) -> Option<Vec<u8>> {
    let question = Message::from_vec(question).ok()?;
    let mut reply = Message::error_msg(question.metadata.id, question.metadata.op_code, ResponseCode::ServFail);
    reply.queries = question.queries;
    reply.to_vec().ok()
}
