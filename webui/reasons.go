package webui

import (
	"net/http"

	"yingda/desk"
)

// codes are all codes with their status, for docs/errors.md.
var codes = []struct {
	code   string
	status int
	means  string
}{
	{"invalid", http.StatusUnprocessableEntity, "the request makes no sense as it is (400, 405, 408 and 415 where HTTP has a word of its own)"},
	{"unauthenticated", http.StatusUnauthorized, "nobody is signed in"},
	{"forbidden", http.StatusForbidden, "your role or origin does not allow it"},
	{"not_found", http.StatusNotFound, "not there, or not yours to see"},
	{"conflict", http.StatusConflict, "the world moved on since you looked"},
	{"too_large", http.StatusRequestEntityTooLarge, "over a published limit"},
	{"too_many", http.StatusTooManyRequests, "slower, please"},
	{"unavailable", http.StatusServiceUnavailable, "a part we need is down; nothing was changed"},
	{"internal", http.StatusInternalServerError, "our fault; it is in the log under X-Request-Id"},
}

// ReasonDoc is one line of the table of all refusals.
type ReasonDoc struct {
	Reason string
	Code   desk.Code
	Params []string
	When   string
}

// Reasons is every reason a caller of the API can meet, by name. A test compares it with the code of all rooms and
// with both languages of the page.
func Reasons() []ReasonDoc { return append([]ReasonDoc(nil), reasonTable...) }

var reasonTable = []ReasonDoc{
	{"administrators_only", desk.Forbidden, nil, "only administrators change settings"},
	{"agent_unknown", desk.NotFound, nil, "there is no such agent, or they are disabled or out of scope"},
	{"alert_over", desk.Conflict, nil, "the alert was cleared meanwhile"},
	{"already_assigned", desk.Conflict, []string{"agent"}, "somebody else has the conversation"},
	{"already_sent", desk.Conflict, nil, "undo came too late"},
	{"body_too_large", desk.TooLarge, nil, "the request is over the limit"},
	{"body_too_slow", desk.Invalid, nil, "the request took too long to arrive"},
	{"calendar_in_use", desk.Conflict, []string{"policy"}, "a policy still counts by this calendar"},
	{"call_over", desk.Conflict, nil, "the call is over already"},
	{"chat_first", desk.Conflict, nil, "a chat is finished before a call"},
	{"commit_unknown", desk.Unavailable, nil, "the line to the store broke during the commit: try again under the same key"},
	{"confirm_wrong", desk.Invalid, nil, "the word of confirmation does not fit what is to be erased"},
	{"contact_empty", desk.Invalid, nil, "a contact needs a name or an identity"},
	{"conversation_merged", desk.Conflict, []string{"into"}, "the conversation went into another"},
	{"cursor_unknown", desk.Invalid, nil, "the cursor was not made here, or for another list"},
	{"email_taken", desk.Conflict, []string{"email"}, "another agent signs in with this address"},
	{"field_missing", desk.Invalid, []string{"field"}, "a required field is missing"},
	{"field_unknown", desk.Invalid, []string{"field"}, "there is no such field"},
	{"field_wrong", desk.Invalid, []string{"field"}, "a field has a value that is not allowed"},
	{"file_too_large", desk.TooLarge, []string{"max"}, "the file is over the limit"},
	{"file_unknown", desk.NotFound, []string{"name"}, "the file was not sent in by you, or is gone"},
	{"foreign_origin", desk.Forbidden, nil, "a page of another origin asked for a change"},
	{"full", desk.Conflict, nil, "the agent holds as much as they can; a supervisor may insist"},
	{"holidays_in_use", desk.Conflict, []string{"calendar"}, "a calendar still follows this list of holidays"},
	{"id_form", desk.Invalid, nil, "an id is 1 to 64 of a-z, 0-9, dot, dash and underscore, beginning with a letter or digit"},
	{"identity_kind", desk.Invalid, nil, "only addresses and numbers are typed in; the rest is proven by signature"},
	{"identity_taken", desk.Conflict, []string{"value", "contact"}, "another contact is known by this"},
	{"in_reply_to_unknown", desk.Invalid, nil, "the message it answers is not of this conversation"},
	{"in_use", desk.Conflict, []string{"by"}, "something still refers to it"},
	{"inbox_channel_invalid", desk.Invalid, []string{"field"}, "the inbox's connection settings do not fit"},
	{"inbox_unknown", desk.NotFound, nil, "there is no such inbox, or not for you"},
	{"inspection_down", desk.Unavailable, nil, "inboxes cannot be tried on this node"},
	{"internal", desk.Internal, nil, "our fault"},
	{"key_in_use", desk.Conflict, nil, "mail is signed with this key: the domain is emptied first"},
	{"key_reused", desk.Conflict, nil, "this Idempotency-Key was used for another request"},
	{"last_administrator", desk.Conflict, nil, "somebody must stay administrator"},
	{"letters_down", desk.Unavailable, nil, "letters, signing keys and sign-ins are not to be had on this node"},
	{"locale_unknown", desk.Invalid, nil, "a language is a tag as zh, zh-CN or en"},
	{"mail_gone", desk.NotFound, nil, "the mail was too large to be kept, and is not on its server any more"},
	{"mailbox_away", desk.Unavailable, []string{"cause"}, "the mail was too large to be kept, and its server cannot be reached"},
	{"malformed", desk.Invalid, nil, "the request cannot be read"},
	{"maximum", desk.Conflict, nil, "the agent holds as many of this medium as they may; a supervisor may insist"},
	{"merge_other_contact", desk.Invalid, nil, "only conversations of one customer can be merged"},
	{"merge_self", desk.Invalid, nil, "a conversation cannot go into itself"},
	{"method_not_allowed", desk.Invalid, nil, "the address does not take this method (405)"},
	{"no_clock", desk.Conflict, []string{"target"}, "no such promise runs for the conversation now"},
	{"no_key", desk.Unavailable, nil, "this installation has no key to keep secrets with (store.key)"},
	{"no_recipient", desk.Invalid, nil, "a mail needs somebody to go to"},
	{"no_reply_by_voice", desk.Invalid, nil, "a call is answered by calling"},
	{"not_a_call", desk.Invalid, nil, "there is no call in this conversation"},
	{"not_a_mail_inbox", desk.Invalid, nil, "only mail can be begun from here"},
	{"not_assigned", desk.Conflict, nil, "nobody has the conversation"},
	{"not_failed", desk.Conflict, nil, "only failed and unknown mails are sent again"},
	{"not_found", desk.NotFound, nil, "not there, or not yours to see"},
	{"not_open", desk.Conflict, nil, "the conversation is resolved, or not open any more"},
	{"not_resolved", desk.Conflict, nil, "only a resolved conversation is rated"},
	{"not_scheduled", desk.Conflict, nil, "the mail was not written to be sent later"},
	{"not_waiting", desk.Conflict, nil, "the conversation waits for nobody any more"},
	{"not_yours", desk.Forbidden, nil, "only its agent or a supervisor may"},
	{"note_empty", desk.Invalid, nil, "a note needs words or a file"},
	{"number_ahead", desk.Invalid, nil, "there is no message of that number yet"},
	{"offer_gone", desk.Conflict, nil, "the offer has ended, or was never yours"},
	{"offer_late", desk.Conflict, nil, "the offer has run out"},
	{"on_offer", desk.Conflict, []string{"agent"}, "the conversation lies before somebody else now"},
	{"only_mail_waits", desk.Invalid, nil, "only mail can be sent later, or written anew"},
	{"own_review", desk.Forbidden, nil, "nobody reviews their own mails"},
	{"password_long", desk.Invalid, []string{"max"}, "the password is over the limit"},
	{"password_short", desk.Invalid, []string{"min"}, "the password needs more characters"},
	{"password_wrong", desk.Forbidden, nil, "the old password is not right"},
	{"picture_unavailable", desk.NotFound, nil, "the remote picture is not to be had, or not a picture, or not on the public internet"},
	{"presence_unknown", desk.Invalid, nil, "there is no such presence"},
	{"priority_unknown", desk.Invalid, nil, "there is no such priority"},
	{"queue_unknown", desk.NotFound, nil, "there is no such queue"},
	{"reason_missing", desk.Invalid, nil, "declining and erasing need a reason"},
	{"recipient_suppressed", desk.Conflict, []string{"address", "cause"}, "mail to the address came back for good; send again with confirmed"},
	{"reply_empty", desk.Invalid, nil, "an answer needs words or a file"},
	{"reply_too_long", desk.Invalid, []string{"max"}, "a chat line is over the limit, in characters"},
	{"request_done", desk.Conflict, []string{"kind", "id"}, "this Idempotency-Key was used: the request was done, its answer is not known any more"},
	{"request_under_way", desk.Conflict, nil, "a request with this Idempotency-Key is being done now: ask again in a moment"},
	{"retry_down", desk.Unavailable, nil, "quarantined items cannot be read again on this node"},
	{"review_changed", desk.Conflict, nil, "the mail is not what was frozen for review"},
	{"review_over", desk.Conflict, []string{"state"}, "somebody has decided already"},
	{"reviewers_only", desk.Forbidden, nil, "only supervisors and agents with the right review mails"},
	{"role_required", desk.Forbidden, []string{"role"}, "this needs a higher role"},
	{"role_unknown", desk.Invalid, nil, "there is no such role"},
	{"router_down", desk.Unavailable, nil, "routing is down; mail, chat and replies go on"},
	{"routing_down", desk.Unavailable, nil, "routing is down; mail, chat and replies go on"},
	{"send_too_late", desk.Invalid, nil, "a mail can wait for a year at most"},
	{"setting_invalid", desk.Invalid, []string{"field"}, "a field of the document does not fit"},
	{"side_to_customer", desk.Invalid, []string{"address"}, "what is written aside is not for the customer"},
	{"side_unknown", desk.NotFound, nil, "there is no such side conversation"},
	{"sign_in_state", desk.Forbidden, nil, "the sign-in was not begun in this browser, or took too long"},
	{"sign_in_too_many", desk.TooMany, []string{"retry_s"}, "too many attempts for this account or address"},
	{"sign_in_wrong", desk.Forbidden, []string{"left", "pause_s"}, "address or password is not right"},
	{"signed_out", desk.Forbidden, nil, "the session has ended (code unauthenticated, 401)"},
	{"snooze_in_past", desk.Invalid, nil, "a snooze ends in the future"},
	{"stale", desk.Conflict, nil, "it was changed since you looked; `current` is how it is now"},
	{"stale_send", desk.Conflict, []string{"last", "seen"}, "newer messages came; look, then send again with force"},
	{"stars_unknown", desk.Invalid, nil, "a rating has 1 to 5 stars"},
	{"status_illegal", desk.Conflict, []string{"from", "to"}, "the status cannot go there from here"},
	{"store_busy", desk.Unavailable, nil, "the record is overloaded; nothing was changed"},
	{"store_down", desk.Unavailable, nil, "the record cannot be reached; nothing was changed"},
	{"supervisors_only", desk.Forbidden, nil, "only supervisors direct other people's work"},
	{"tag_invalid", desk.Invalid, []string{"max"}, "a tag is empty or too long"},
	{"then_illegal", desk.Invalid, nil, "after sending it can be pending or resolved"},
	{"tier_unknown", desk.Invalid, nil, "there is no such tier"},
	{"timed_out", desk.Unavailable, nil, "it took too long; try again"},
	{"too_many_attachments", desk.Invalid, []string{"max"}, "too many files in one message"},
	{"too_many_recipients", desk.Invalid, []string{"max"}, "too many recipients in one mail"},
	{"too_many_tags", desk.Invalid, nil, "too many tags on one conversation"},
	{"transfer_nowhere", desk.Invalid, nil, "a transfer needs either a queue or an agent"},
	{"wrong_content_type", desk.Invalid, nil, "the body is not of the expected type (415)"},
	{"wrong_key", desk.Unavailable, nil, "the secret was kept under another key (store.key)"},
}
