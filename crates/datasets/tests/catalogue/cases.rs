use mistral_datasets::training::{Code, Format};

/// A problem, a file that has it, and one like it that has not.
pub(crate) struct Case {
    pub(crate) code: Code,
    /// Problems that cannot but come along.
    pub(crate) also: &'static [Code],
    pub(crate) fail: Input,
    pub(crate) pass: Input,
}

pub(crate) enum Input {
    /// A file to which the lower limits do not apply.
    File(Vec<u8>),
    /// A file to which they do.
    Training(Vec<u8>),
    /// A file of a format that is asked for.
    As(Format, Vec<u8>),
    /// So many bytes in one line.
    Endless(u64),
    Pair {
        training: Vec<u8>,
        validation: Vec<u8>,
    },
}

fn case(code: Code, fail: impl Into<Vec<u8>>, pass: impl Into<Vec<u8>>) -> Case {
    Case { code, also: &[], fail: Input::File(fail.into()), pass: Input::File(pass.into()) }
}

impl Case {
    fn also(self, also: &'static [Code]) -> Self {
        Self { also, ..self }
    }
}

const GOOD: &str = r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello."}]}"#;

/// A conversation of these messages.
fn chat(messages: &str) -> String {
    format!(r#"{{"messages":[{messages}]}}"#)
}

/// A conversation that begins with a user's message.
fn after_user(messages: &str) -> String {
    chat(&format!(r#"{{"role":"user","content":"Hi"}},{messages}"#))
}

/// A conversation in which a user sends this content.
fn user_says(content: &str) -> String {
    chat(&format!(r#"{{"role":"user","content":{content}}},{{"role":"assistant","content":"Hello."}}"#))
}

/// A user's question and these messages, with a tool at hand.
fn with_tool(messages: &str) -> String {
    let tool = tool(r#""name":"get_weather","description":"The weather","parameters":{"type":"object"}"#);
    format!(r#"{{"messages":[{{"role":"user","content":"Lyon?"}},{messages}],"tools":[{tool}]}}"#)
}

fn tool(function: &str) -> String {
    format!(r#"{{"type":"function","function":{{{function}}}}}"#)
}

/// A sample that declares these tools and does not call them.
fn declares(tools: &str) -> String {
    format!(
        r#"{{"messages":[{{"role":"user","content":"Hi"}},{{"role":"assistant","content":"Hello."}}],"tools":[{tools}]}}"#
    )
}

/// A sample whose tool has these parameters.
fn schema(parameters: &str) -> String {
    declares(&tool(&format!(r#""name":"f","description":"","parameters":{parameters}"#)))
}

/// An assistant's message with these calls.
fn calls(calls: &str) -> String {
    format!(r#"{{"role":"assistant","tool_calls":[{calls}]}}"#)
}

/// A call with this id.
fn call(id: &str) -> String {
    format!(r#"{{"id":"{id}","type":"function","function":{{"name":"get_weather","arguments":"{{}}"}}}}"#)
}

fn answer(id: &str) -> String {
    format!(r#"{{"role":"tool","content":"Sun","tool_call_id":"{id}"}}"#)
}

const LAST: &str = r#"{"role":"assistant","content":"It is sunny."}"#;

/// A call, its answer and a last word, with something changed in the call.
fn called(from: &str, to: &str) -> String {
    let made = calls(&call("aB3dE5gH7"));
    let changed = made.replacen(from, to, 1);
    assert!(from.is_empty() || made != changed, "{from} is not there");
    with_tool(&format!("{changed},{},{LAST}", answer("aB3dE5gH7")))
}

fn labelled(labels: &[&str]) -> String {
    let lines = labels.iter().enumerate();
    lines.map(|(number, labels)| format!("{{\"text\":\"Text {number}\",\"labels\":{labels}}}\n")).collect()
}

fn repeated(count: usize) -> Vec<u8> {
    (0..count).map(|number| user_says(&format!("\"Question {number}\"")) + "\n").collect::<String>().into_bytes()
}

pub(crate) fn cases() -> Vec<Case> {
    [file(), sample(), messages(), tools(), labels(), whole()].into_iter().flatten().collect()
}

fn file() -> Vec<Case> {
    use Code::*;
    let mut not_utf8 = br#"{"text":"caf"#.to_vec();
    not_utf8.extend(b"\xe9\"}");
    let utf16: Vec<u8> = "\u{feff}{}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let pretty = "{\n  \"text\": \"a\"\n}\n";
    let over =
        Case { code: LineTooLong, also: &[], fail: Input::Endless((64 << 20) + 1), pass: Input::File(GOOD.into()) };
    let huge = Case {
        code: TooLarge,
        also: &[LineTooLong],
        fail: Input::Endless((512 << 20) + 1),
        pass: Input::File(GOOD.into()),
    };
    let long = user_says(&format!("\"{}\"", "x".repeat(500))).into_bytes();
    let few = Case {
        code: TooFewSamples,
        also: &[],
        fail: Input::Training([repeated(8), long].concat()),
        pass: Input::Training(repeated(12)),
    };
    let small = Case {
        code: TooSmall,
        also: &[],
        fail: Input::Training(
            (0..10).map(|number| format!("{{\"text\":\"{number}\"}}\n")).collect::<String>().into_bytes(),
        ),
        pass: Input::Training(repeated(12)),
    };
    let validation = Case {
        code: ValidationTooLarge,
        also: &[],
        fail: Input::Pair {
            training: repeated(30),
            validation: [GOOD, "\n", GOOD.replace("Hi", "Ho").as_str()].concat().into(),
        },
        pass: Input::Pair { training: repeated(30), validation: GOOD.into() },
    };
    vec![
        case(NotUtf8, not_utf8, "{\"text\":\"café\"}"),
        case(ByteOrderMark, format!("\u{feff}{GOOD}"), GOOD),
        case(Utf16, utf16, GOOD),
        case(Binary, b"\x1f\x8b\x08\x00rest", GOOD),
        case(JsonArray, format!("[\n{GOOD},\n{GOOD}\n]"), GOOD),
        case(PrettyPrinted, pretty, pretty.replace('\n', "")),
        case(BlankLine, format!("{GOOD}\n \n"), format!("{GOOD}\n")),
        case(InvalidJson, "{'text': 'a'}", "{\"text\": \"a\"}"),
        case(NotAnObject, format!("{GOOD}\n[\"a\"]\n"), GOOD),
        over,
        few,
        small,
        huge,
        case(NoSamples, "", GOOD),
        case(FormatDiffers, format!("{GOOD}\n{{\"text\":\"a\"}}"), GOOD),
        validation,
        case(CrLf, format!("{GOOD}\r\n"), format!("{GOOD}\n")),
    ]
}

fn sample() -> Vec<Case> {
    use Code::*;
    let many: Vec<String> = (0..20_001).map(|label| format!("\"{label}\"")).collect();
    let many = format!(r#"{{"a":[{}]}}"#, many.join(","));
    vec![
        case(UnknownFormat, r#"{}"#, r#"{"text":"a"}"#),
        case(MessagesTwofold, GOOD.replacen('{', r#"{"interactions":[{"role":"user","content":"Hi"}],"#, 1), GOOD),
        case(ToolsTwofold, declares("").replacen('{', r#"{"available_tools":[],"#, 1), declares("")),
        case(TextTwofold, r#"{"text":"a","content":"a"}"#, r#"{"content":"a"}"#),
        case(TextAndMessages, GOOD.replacen('{', r#"{"text":"a","#, 1), GOOD.replacen('{', r#"{"text":null,"#, 1)),
        case(WrongType, r#"{"text":["a"]}"#, r#"{"text":"a"}"#),
        case(DuplicateKey, r#"{"text":"a","text":"b"}"#, r#"{"text":"a"}"#),
        case(UnknownKey, r#"{"text":"a","source":"web"}"#, r#"{"text":"a"}"#),
        case(OldFunctions, GOOD.replacen('{', r#"{"functions":[],"#, 1), GOOD),
        case(EmptyText, r#"{"text":" "}"#, r#"{"text":" a"}"#),
        case(TooManyItems, labelled(&[&many]), labelled(&[r#"{"a":["b"]}"#])),
    ]
}

fn messages() -> Vec<Case> {
    use Code::*;
    let (system, user) = (r#"{"role":"system","content":"Be brief."}"#, r#"{"role":"user","content":"Hi"}"#);
    let image = r#"[{"type":"image_url","image_url":"https://example.com/a.png"}]"#;
    vec![
        case(NoMessages, chat(""), GOOD),
        case(RoleMissing, after_user(r#"{"content":"Hello."}"#), GOOD),
        case(RoleUnknown, GOOD.replace("\"user\"", "\"human\""), GOOD),
        case(ContentMissing, after_user(r#"{"role":"assistant","content":null}"#), GOOD),
        case(EmptyAnswer, after_user(r#"{"role":"assistant","content":""}"#), GOOD),
        case(EmptyContent, user_says(r#""""#), user_says(r#""Hi""#)),
        case(
            SeveralSystemPrompts,
            chat(&format!("{system},{system},{user},{LAST}")),
            chat(&format!("{system},{user},{LAST}")),
        ),
        case(LateSystemPrompt, chat(&format!("{user},{system},{LAST}")), chat(&format!("{system},{user},{LAST}"))),
        case(
            RoleOrder,
            with_tool(&format!("{},{},{user},{LAST}", calls(&call("aB3dE5gH7")), answer("aB3dE5gH7"))),
            called("", ""),
        ),
        case(LastNotAssistant, after_user(&format!("{LAST},{user}")), GOOD),
        case(LoneAnswer, chat(&format!("{system},{LAST}")), chat(&format!("{system},{user},{LAST}"))),
        case(
            WeightValue,
            after_user(r#"{"role":"assistant","content":"a","weight":0.5}"#),
            after_user(r#"{"role":"assistant","content":"a","weight":1}"#),
        ),
        case(
            WeightMisplaced,
            chat(&format!(r#"{{"role":"user","content":"a","weight":0}},{LAST}"#)),
            after_user(&format!(r#"{{"role":"assistant","content":"a","weight":0}},{user},{LAST}"#)),
        ),
        case(NothingLearnt, after_user(r#"{"role":"assistant","content":"a","weight":0}"#), GOOD),
        case(
            PrefixNotLast,
            after_user(&format!(r#"{{"role":"assistant","content":"a","prefix":true}},{LAST}"#)),
            after_user(r#"{"role":"assistant","content":"a","prefix":true}"#),
        ),
        case(
            ChunkUnknown,
            user_says(r#"["a",{"type":"text","text":"a"},{"type":"audio"}]"#),
            user_says(r#"[{"type":"text","text":"a"}]"#),
        )
        .also(&[WrongType]),
        case(
            ChunkMisplaced,
            after_user(&format!(r#"{{"role":"assistant","content":{image}}}"#)),
            after_user(
                r#"{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]},{"type":"text","text":"a"}]}"#,
            ),
        ),
        case(
            ChunkIncomplete,
            user_says(r#"[{"type":"text","text":"a"},{"type":"image_url","text":"https://example.com/a.png"}]"#),
            user_says(r#"[{"type":"text","text":"a"},{"type":"image_url","image_url":"https://example.com/a.png"}]"#),
        ),
        case(
            ImageUrl,
            user_says(r#"[{"type":"image_url","image_url":{"url":"C:\\a.png"}}]"#),
            user_says(r#"[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]"#),
        ),
    ]
}

fn tools() -> Vec<Case> {
    use Code::*;
    let good = tool(r#""name":"f","description":"Does","parameters":{}"#);
    let (id, made) = ("aB3dE5gH7", calls(&call("aB3dE5gH7")));
    let user = r#"{"role":"user","content":"And?"}"#;
    vec![
        case(ToolIncomplete, declares(&tool(r#""name":"f","parameters":{}"#)), declares(&good)),
        case(ToolType, declares(&good.replacen("function", "plugin", 1)), declares(&good)),
        case(ToolName, declares(&good.replace("\"f\"", "\"get weather\"")), declares(&good)),
        case(ToolTwice, declares(&format!("{good},{good}")), declares(&good)),
        case(
            ToolSchema,
            schema(r#"{"type":"dict","properties":{"a":{"type":["string","null"],"minLength":-1}},"required":"a"}"#),
            schema(
                r#"{"type":"object","properties":{"a":{"type":["string","null"],"enum":["x",null],"minLength":1},"b":true},"required":["a"],"dependencies":{"a":["b"]},"additionalProperties":false}"#,
            ),
        ),
        case(CallIncomplete, called(r#""id":"aB3dE5gH7","#, ""), called("", "")),
        case(CallId, with_tool(&format!("{},{},{LAST}", calls(&call("call_1")), answer("call_1"))), called("", "")),
        case(
            CallIdTwice,
            with_tool(&format!("{},{},{},{LAST}", calls(&format!("{0},{0}", call(id))), answer(id), answer(id))),
            with_tool(&format!(
                "{},{},{},{LAST}",
                calls(&format!("{},{}", call(id), call("000000000"))),
                answer("000000000"),
                answer(id)
            )),
        ),
        case(ArgumentsNotString, called(r#""{}""#, "{}"), called("", "")),
        case(ArgumentsNotJson, called(r#""{}""#, r#""city=Lyon""#), called(r#""{}""#, r#""{\"city\": \"Lyon\"}""#)),
        case(CallUndeclared, called("get_weather", "get_time"), called("", "")),
        case(
            CallsMisplaced,
            with_tool(&format!("{},{},{LAST}", made.replace("assistant", "user"), answer(id))),
            called("", ""),
        )
        .also(&[RoleOrder]),
        case(
            ContentAndCalls,
            called(r#""role":"assistant""#, r#""role":"assistant","content":"Let me see.""#),
            called(r#""role":"assistant""#, r#""role":"assistant","content":"""#),
        ),
        case(AnswerWithoutId, called("", "").replace(r#","tool_call_id":"aB3dE5gH7""#, ""), called("", "")),
        case(AnswerUnknown, with_tool(&format!("{made},{},{LAST}", answer("000000000"))), called("", "")),
        case(AnswersTooMany, with_tool(&format!("{made},{},{},{LAST}", answer(id), answer(id))), called("", "")),
        case(AnswersMissing, with_tool(&format!("{made},{LAST},{user},{LAST}")), called("", "")),
        case(EndsWithCalls, with_tool(&made), called("", "")),
    ]
}

fn labels() -> Vec<Case> {
    use Code::*;
    let good = labelled(&[r#"{"mood":"good"}"#, r#"{"mood":"bad"}"#]);
    let text = || br#"{"text":"a"}"#.to_vec();
    let free: Vec<String> = (0..10_001).map(|label| format!(r#"{{"mood":"label {label}"}}"#)).collect();
    let free: Vec<&str> = free.iter().map(String::as_str).collect();
    vec![
        Case {
            code: LabelsMissing,
            also: &[],
            fail: Input::As(Format::ClassifierText, text()),
            pass: Input::As(Format::Pretrain, text()),
        },
        case(LabelsEmpty, labelled(&["{}"]), good.clone()),
        case(LabelType, labelled(&[r#"{"mood":true}"#]), good.clone()),
        case(LabelEmpty, labelled(&[r#"{"mood":""}"#]), good.clone()),
        case(
            TargetsDiffer,
            labelled(&[r#"{"mood":"good"}"#, r#"{"mood":"bad"}"#, r#"{"tone":"good"}"#]),
            labelled(&[r#"{"mood":"good","tone":"dry"}"#, r#"{"tone":"wry","mood":"bad"}"#]),
        ),
        case(
            LabelKindDiffers,
            labelled(&[r#"{"mood":["good"]}"#, r#"{"mood":"bad"}"#]),
            labelled(&[r#"{"mood":["good"]}"#, r#"{"mood":["bad","good"]}"#]),
        ),
        case(LabelTwice, labelled(&[r#"{"mood":["good","bad","good"]}"#]), labelled(&[r#"{"mood":["good","bad"]}"#])),
        case(SingleClass, labelled(&[r#"{"mood":"good"}"#, r#"{"mood":"good"}"#]), good),
        case(LabelsUncounted, labelled(&free), labelled(&free[..10_000])),
    ]
}

fn whole() -> Vec<Case> {
    use Code::*;
    let spaced =
        r#"{"messages": [{"content": "\u0048i", "role": "user"}, {"role": "assistant", "content": "Hello."}]}"#;
    let long = |tokens: usize| format!(r#"{{"text":"{}"}}"#, "word".repeat(tokens));
    vec![
        case(DuplicateSample, format!("{GOOD}\n{spaced}\n"), format!("{GOOD}\n{}\n", user_says("\"Ho\""))),
        Case {
            code: LeakedSample,
            also: &[],
            fail: Input::Pair { training: [repeated(30), GOOD.into()].concat(), validation: spaced.into() },
            pass: Input::Pair { training: repeated(30), validation: GOOD.into() },
        },
        case(LongSample, long(32_769), long(32_768)),
    ]
}
