package email

import (
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"yingda/desk"
)

// host is a notice as one kind of mail system writes it, and what it says.
type host struct {
	name, raw         string
	recipient, status string
	dead, late        bool
	original          string
	second            string // further recipient
}

const sentBack = `Message-ID: <ours-1@firm.example>
From: Firm <help@firm.example>
To: Li <li@customer.example>
Subject: Re: order
Date: Mon, 21 Sep 2026 09:00:00 +0800

words
`

// Notices of systems whose mails are in no suite, as they write them, with our own names in them.
var hosts = []host{
	{name: "Exchange Online", raw: `From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@customer.example>
To: help@firm.example
Subject: Undeliverable: Re: order
In-Reply-To: <ours-1@firm.example>
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/html; charset=utf-8

<p>Your message to li@customer.example couldn't be delivered.</p><p><b>li wasn't found at customer.example.</b></p>
--b
Content-Type: message/delivery-status

Reporting-MTA: dns;mail.customer.example
Received-From-MTA: dns;mx.firm.example
Arrival-Date: Mon, 21 Sep 2026 01:00:00 +0000

Final-Recipient: rfc822;li@customer.example
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient li@customer.example not found by SMTP address lookup

--b
Content-Type: message/rfc822

` + sentBack + "--b--\n", recipient: "li@customer.example", status: "5.1.10", dead: true, original: "ours-1@firm.example"},
	{name: "Domino", raw: `From: Postmaster@customer.example
To: help@firm.example
Subject: DELIVERY FAILURE: User li (li@customer.example) not listed in Domino Directory
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

Your message

  Subject: Re: order

was not delivered to:

  li@customer.example

because:

  User li (li@customer.example) not listed in Domino Directory

--b
Content-Type: message/delivery-status

Reporting-MTA: dns;notes.customer.example

Final-Recipient: rfc822;li@customer.example
Action: failed
Status: 5.1.1
Diagnostic-Code: X-Notes; User li (li@customer.example) not listed in Domino Directory

--b
Content-Type: message/rfc822

` + sentBack + "--b--\n", recipient: "li@customer.example", status: "5.1.1", dead: true, original: "ours-1@firm.example"},
	{name: "X.400 gateway", raw: `From: postmaster@x400.customer.example
To: help@firm.example
Return-Path: <>
Subject: Delivery Report (failure) for li@customer.example
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain

This report relates to your message: Subject: Re: order,
Message-ID: <ours-1@firm.example>,
To: li@customer.example

of Mon, 21 Sep 2026 09:00:00 +0800

Your message was not delivered to:
        li@customer.example
for the following reason:
        Unable to transfer, reason code 1, diagnostic code 0: Unrecognised OR-name, user unknown to the directory: not listed in it

--b
Content-Type: message/rfc822

` + sentBack + "--b--\n", recipient: "li@customer.example", dead: true, status: "5.0.911", original: "ours-1@firm.example"},
	{name: "Aliyun", raw: `From: =?utf-8?B?6YKu5Lu257O757uf?= <postmaster@mxhichina.com>
To: help@firm.example
Subject: =?utf-8?B?57O757uf6YCA5L+hL1N5c3RlbXMgYm91bmNl?=
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/html; charset=utf-8

<div>您好：</div><div>非常抱歉，您的邮件被退回来了。</div><table><tr><td>原邮件信息</td></tr>
<tr><td>收件人</td><td>li@customer.example</td></tr><tr><td>退信原因</td><td>smtp error: 550 5.1.1 The email account that you tried to reach does not exist. 收件人不存在</td></tr></table>
--b
Content-Type: message/rfc822

` + sentBack + "--b--\n", recipient: "li@customer.example", status: "5.1.1", dead: true, original: "ours-1@firm.example"},
	{name: "QQ Mail", raw: `From: "PostMaster@qq.com" <PostMaster@qq.com>
To: help@firm.example
Subject: 来自qq.com的退信
Content-Type: text/html; charset=utf-8

<p>抱歉，您的邮件被退回来了……</p><p>原邮件信息：</p><p>时间 2026-09-21 09:00:00</p><p>主题 Re: order</p>
<p>无法发送到 88888888@qq.com</p><p>退信原因：收件人邮件地址（88888888@qq.com）不存在，邮件无法送达。</p>
<p>host mx3.qq.com[183.57.48.35] said: 550 Mailbox not found. (in reply to RCPT TO command)</p>
<p>解决方案：请联系您的收件人，重新核实邮箱地址，或发送到其他收信邮箱。</p>
`, recipient: "88888888@qq.com", status: "5.0.911", dead: true},
	{name: "NetEase 163", raw: `From: Postmaster@163.com
To: help@firm.example
Subject: 系统退信
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/html; charset=gb18030

<div>` + gb("您好，您的邮件投递失败。") + `</div><div>` + gb("收件人") + `: li@customer.example</div><div>` + gb("退信原因：对方邮箱空间已满") + ` SMTP error, RCPT TO: host customer.example(1.2.3.4): 552 5.2.2 over quota</div>
--b
Content-Type: message/rfc822

` + sentBack + "--b--\n", recipient: "li@customer.example", status: "5.2.2", original: "ours-1@firm.example"},
	{name: "Coremail", raw: `From: "=?gb18030?B?` + b64(gb("邮件系统")) + `?=" <postmaster@customer.example>
To: help@firm.example
Subject: =?gb18030?B?` + b64(gb("系统退信(Delivery failure)")) + `?=
Content-Type: text/plain; charset=gb18030
Content-Transfer-Encoding: 8bit

` + gb(`您的邮件无法投递到以下地址：

<li@customer.example>: 用户不存在

------ 原邮件信头 ------
`) + sentBack, recipient: "li@customer.example", status: "5.0.911", dead: true, original: "ours-1@firm.example"},
	{name: "Google, page only", raw: `From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: help@firm.example
X-Failed-Recipients: li@customer.example
Subject: Delivery Status Notification (Failure)
Content-Type: text/html; charset=utf-8

<h1>Address not found</h1><p>Your message wasn't delivered to <b>li@customer.example</b> because the address couldn't be found, or is unable to receive mail.</p>
`, recipient: "li@customer.example", status: "5.0.911", dead: true},
	{name: "Yahoo", raw: `From: MAILER-DAEMON@yahoo.com
To: help@firm.example
Subject: Failure Notice
Content-Type: text/plain

Sorry, we were unable to deliver your message to the following address.

<li@customer.example>:
554: 5.4.14 Hop count exceeded - possible mail loop

--- Below this line is a copy of the message.

` + sentBack, recipient: "li@customer.example", status: "5.4.14", original: "ours-1@firm.example"},
	{name: "Amazon SES", raw: `From: MAILER-DAEMON@eu-west-1.amazonses.com
To: help@firm.example
Return-Path: <>
Subject: Delivery Status Notification (Failure)
Content-Type: multipart/report; boundary="b"; report-type=delivery-status

--b
Content-Type: text/plain; charset=iso-8859-1

An error occurred while trying to deliver the mail to the following recipients:
li@customer.example
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; a6-12.smtp-out.eu-west-1.amazonses.com

Action: failed
Final-Recipient: rfc822; li@customer.example
Diagnostic-Code: smtp; 550 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.0 Unable to lookup DNS for customer.example>
Status: 4.4.7

--b
Content-Type: message/rfc822

` + sentBack + "--b--\n", recipient: "li@customer.example", status: "4.4.0", original: "ours-1@firm.example"},
	{name: "Exim, two recipients", raw: `From: Mail Delivery System <Mailer-Daemon@mx.firm.example>
To: help@firm.example
X-Failed-Recipients: li@customer.example, wu@customer.example
Auto-Submitted: auto-replied
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  li@customer.example
    host mx.customer.example [192.0.2.7]
    SMTP error from remote mail server after RCPT TO:<li@customer.example>:
    550 Unknown user
  wu@customer.example
    host mx.customer.example [192.0.2.7]
    SMTP error from remote mail server after RCPT TO:<wu@customer.example>:
    552 5.2.2 <wu@customer.example> mailbox full

------ This is a copy of the message, including all the headers. ------

Return-path: <help@firm.example>
` + sentBack, recipient: "li@customer.example", status: "5.0.911", dead: true, second: "wu@customer.example", original: "ours-1@firm.example"},
	{name: "docomo", raw: `From: mailer-daemon@docomo.example
To: help@firm.example
Subject: =?iso-2022-jp?B?GyRCJWElQyU7ITwlOBsoQg==?= Undelivered Mail
Return-Path: <>
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

次のあて先へのメッセージはエラーのため送信できませんでした。
宛先不明です。

<li@docomo.example>
--b
Content-Type: message/rfc822

` + sentBack + "--b--\n", recipient: "li@docomo.example", status: "5.0.911", dead: true, original: "ours-1@firm.example"},
	{name: "OpenSMTPD", raw: `From: Mailer Daemon <MAILER-DAEMON@mx.firm.example>
To: help@firm.example
Subject: Delivery status notification: error

    Hi!

    This is the MAILER-DAEMON, please DO NOT REPLY to this email.

    An error has occurred while attempting to deliver a message for
    the following list of recipients:

li@customer.example: 550 5.7.1 Relaying denied

    Below is a copy of the original message:

` + sentBack, recipient: "li@customer.example", status: "5.7.1", original: "ours-1@firm.example"},
	{name: "Courier", raw: `From: "Courier mail server at mx.firm.example" <postmaster@mx.firm.example>
To: help@firm.example
Subject: NOTICE: mail delivery status.
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is a delivery status notification from mx.firm.example.

UNDELIVERABLE MAIL

Your message to the following recipients cannot be delivered:

<li@customer.example>:
    mx.customer.example [192.0.2.7]:
>>> RCPT TO:<li@customer.example>
<<< 550 User unknown.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.firm.example

Final-Recipient: rfc822; li@customer.example
Action: failed
Status: 5.0.0
Remote-MTA: dns; mx.customer.example [192.0.2.7]
Diagnostic-Code: smtp; 550 User unknown.
--b
Content-Type: text/rfc822-headers

` + sentBack + "--b--\n", recipient: "li@customer.example", status: "5.0.0", dead: true, original: "ours-1@firm.example"},
	{name: "MDaemon", raw: `From: MDaemon@mx.customer.example
To: help@firm.example
Subject: Permanent Delivery Failure

The attached message had PERMANENT fatal delivery errors!

After one or more unsuccessful delivery attempts the attached message has
been removed from the mail queue on this server.

Failed address: li@customer.example

--- Session Transcript ---
 >>> RCPT To:<li@customer.example>
 <<< 550 No such recipient
--- End Transcript ---

` + "Message-ID: <ours-1@firm.example>\nFrom: help@firm.example\nTo: li@customer.example\nMIME-Version: 1.0\n", recipient: "li@customer.example", status: "5.0.911", dead: true, original: "ours-1@firm.example"},
	{name: "delayed, Postfix without its report", raw: `From: MAILER-DAEMON@mx.firm.example (Mail Delivery System)
To: help@firm.example
Subject: Delayed Mail (still being retried)

####################################################################
# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #
####################################################################

Your message could not be delivered for more than 4 hour(s).
It will be retried until it is 5 day(s) old.

<li@customer.example>: connect to mx.customer.example[192.0.2.7]:25: Connection timed out

` + sentBack, recipient: "li@customer.example", status: "4.0.947", late: true, original: "ours-1@firm.example"},
	{name: "host unknown", raw: `From: MAILER-DAEMON@mx.firm.example
To: help@firm.example
Subject: Undelivered Mail Returned to Sender

<li@custmoer.example>: Host or domain name not found. Name service error for
    name=custmoer.example type=AAAA: Host not found

` + sentBack, recipient: "li@custmoer.example", status: "5.0.912", dead: true, original: "ours-1@firm.example"},
	{name: "too big", raw: `From: postmaster@customer.example
To: help@firm.example
Subject: Undeliverable: Re: order

li@customer.example
This message is larger than the current system limit or the recipient's mailbox is full. Create a shorter message body or remove attachments and try sending it again. #SMTP#552 5.3.4 message size exceeds fixed limit

` + sentBack, recipient: "li@customer.example", status: "5.3.4", original: "ours-1@firm.example"},
	{name: "Zoho", raw: `From: mailer-daemon@mail.zoho.example
To: help@firm.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain

This message was created automatically by mail delivery software.
A message that you sent could not be delivered to one or more of its recipients. This is a permanent error.

li@customer.example Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 <li@customer.example>... User Unknown
--b
Content-Type: message/rfc822

` + sentBack + "--b--\n", recipient: "li@customer.example", status: "5.1.1", dead: true, original: "ours-1@firm.example"},
	{name: "a filter that shows the session", raw: `From: postmaster@filter.customer.example
To: help@firm.example
Subject: failure notice

Message could not be delivered.

-------server message
550 unknown user <li@customer.example>
-------SMTP command
DATA
-------original message
` + sentBack, recipient: "li@customer.example", status: "5.0.910", original: "ours-1@firm.example"},
	{name: "James", raw: `From: postmaster@mx.customer.example
To: help@firm.example
Return-Path: <>
Subject: [BOUNCE]

Hi. This is the mail server at mx.customer.example.
I'm afraid I wasn't able to deliver your message to the following addresses.

Failed recipient(s):
 li@customer.example

Error message:
552 5.2.2 mailbox full

` + sentBack, recipient: "li@customer.example", status: "5.2.2", original: "ours-1@firm.example"},
	{name: "IMail", raw: `From: Postmaster <postmaster@mx.customer.example>
To: help@firm.example
Subject: Undeliverable Mail

Unknown user: li@customer.example

RCPT TO generated following response:

Original message follows.

` + sentBack, recipient: "li@customer.example", status: "5.0.911", dead: true, original: "ours-1@firm.example"},
	{name: "old Sendmail", raw: `From: Mail Delivery Subsystem <MAILER-DAEMON@mx.firm.example>
To: help@firm.example
Subject: Returned mail: User unknown

   ----- Transcript of session follows -----
While talking to mx.customer.example:
>>> RCPT To:<li@customer.example>
<<< 550 User unknown
550 li@customer.example... User unknown

   ----- Unsent message follows -----
Received: from firm.example by mx.firm.example
` + sentBack, recipient: "li@customer.example", status: "5.0.911", dead: true, original: "ours-1@firm.example"},
	{name: "a carrier whose mailbox is full", raw: `From: no-reply@carrier.example
To: help@firm.example
Return-Path: <>
Subject: Returned mail

Your mail sent on: Mon, 21 Sep 2026 09:00:00 +0900
    Could not be delivered to: <li@carrier.example>
    As their mailbox is full.

` + sentBack, recipient: "li@carrier.example", status: "5.0.922", original: "ours-1@firm.example"},
	{name: "MailMarshal, reason first", raw: `From: Postmaster@customer.example
To: help@firm.example
Subject: Undeliverable Mail: "Re: order"

Your message:
   From:    help@firm.example
   Subject: Re: order

Could not be delivered because of

550 5.1.1 User unknown

The following recipients were affected:
    li@customer.example

` + sentBack, recipient: "li@customer.example", status: "5.1.1", dead: true, original: "ours-1@firm.example"},
	{name: "Exchange 2007, words only", raw: `From: postmaster@customer.example
To: help@firm.example
Return-Path: <>
Subject: Undeliverable: Re: order

Delivery has failed to these recipients or distribution lists:

li@customer.example
The e-mail address you entered couldn't be found. Please check the recipient's e-mail address.

Diagnostic information for administrators:

Generating server: mx.customer.example

li@customer.example
#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##

Original message headers:

Received: from firm.example by mx.customer.example
` + sentBack, recipient: "li@customer.example", status: "5.1.1", dead: true, original: "ours-1@firm.example"},
	{name: "Exim, still trying", raw: `From: Mail Delivery System <Mailer-Daemon@mx.firm.example>
To: help@firm.example
Auto-Submitted: auto-replied
Subject: Warning: message 1abcde-000001-AA delayed 24 hours

This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.firm.example.

The message identifier is:     1abcde-000001-AA
The subject of the message is: Re: order

The address to which the message has not yet been delivered is:

  li@customer.example
    Delay reason: retry timeout not reached for any host

No action is required on your part. Delivery attempts will continue for
some time, and this warning may be repeated at intervals.
`, recipient: "li@customer.example", status: "4.0.947", late: true},
	{name: "Sina", raw: `From: MAILER-DAEMON@sina.example
To: help@firm.example
Subject: 系统退信 Undelivered Mail Returned to Sender
Content-Type: text/plain; charset=utf-8

您的邮件无法送达以下收件人：
li@customer.example
原因：域名不存在

` + sentBack, recipient: "li@customer.example", status: "5.0.912", dead: true, original: "ours-1@firm.example"},
	{name: "blocked", raw: `From: MAILER-DAEMON@mx.firm.example
To: help@firm.example
Subject: Undelivered Mail Returned to Sender

<li@qq.example>: host mx.qq.example[192.0.2.9] said: 550 Ip frequency limited [abc IP: 192.0.2.1]. http://service.mail.qq.com/detail/0/20022 (in reply to MAIL FROM command)

` + sentBack, recipient: "li@qq.example", status: "5.0.945", original: "ours-1@firm.example"},
}

// A notice is known for what it is whichever system wrote it, and names recipient, code and mail (UP-E8, UP-E10).
func TestNoticesOfManyHosts(t *testing.T) {
	t.Parallel()
	for _, h := range hosts {
		m := parse(t, h.raw, Options{Own: []string{"help@firm.example"}})
		if m.Message.Auto != desk.Bounce {
			t.Errorf("%s: got %q, want a bounce", h.name, m.Message.Auto)
			continue
		}
		if len(m.Bounces) == 0 {
			t.Errorf("%s: got nobody, want %s", h.name, h.recipient)
			continue
		}
		action := "failed"
		if h.late {
			action = "delayed"
		}
		b := m.Bounces[0]
		got := desk.BounceOf{RFCMessageID: b.RFCMessageID, Recipient: b.Recipient, Status: b.Status, Action: b.Action, Permanent: b.Permanent}
		want := desk.BounceOf{RFCMessageID: h.original, Recipient: h.recipient, Status: h.status, Action: action, Permanent: h.dead}
		if got != want {
			t.Errorf("%s: got %+v (%s), want %+v", h.name, got, b.Diagnostic, want)
		}
		if h.second != "" && (len(m.Bounces) != 2 || m.Bounces[1].Recipient != h.second || m.Bounces[1].Permanent) {
			t.Errorf("%s: got %+v, want %s as well, and not for good", h.name, m.Bounces, h.second)
		}
	}
}

// What only looks like a notice is none: it names no mail of ours and nobody we wrote to.
func TestLookAlikesAreNoBounces(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"pending mails": `From: "Mail Delivery System" <no-reply@secure-mail.example>
Subject: Undelivered Mail: 5 messages could not be delivered
To: help@firm.example
Content-Type: text/html

<p>Dear help@firm.example,</p><p>Your incoming messages were not delivered due to a mailbox upgrade error.</p><a href="http://evil.example/login">Release messages</a>`,
		"a machine's name": `From: MAILER-DAEMON <admin@secure-mail.example>
Subject: Mail delivery failed: returning message to sender
To: help@firm.example
Content-Type: text/html

<p>We could not deliver mail for help@firm.example because your mailbox is full.</p><a href="http://evil.example">Click here to verify</a>`,
		"quota in Chinese": `From: "邮件系统管理员" <postmaster@secure-mail.example>
Subject: 您的邮箱空间已满，邮件无法送达
To: help@firm.example
Content-Type: text/html; charset=utf-8

<p>尊敬的 help@firm.example 用户，您有 3 封邮件无法投递，请<a href="http://evil.example">点击这里</a>升级邮箱。</p>`,
		"a customer asks about one": `From: Li <li@customer.example>
Subject: Re: Undelivered Mail Returned to Sender
In-Reply-To: <x@firm.example>
To: help@firm.example

I got this when I wrote to you, what is wrong?

> <help@firm.example>: 550 5.1.1 user unknown
> Message-ID: <abc@customer.example>
> From: li@customer.example
> To: help@firm.example`,
		"a delivery of goods": `From: Li <li@customer.example>
Subject: delivery failed
To: help@firm.example

The parcel came back, the driver wrote to wu@courier.example. Please send it again, order 550 123.`,
	} {
		if m := parse(t, raw, Options{Own: []string{"help@firm.example"}}); m.Message.Auto == desk.Bounce {
			t.Errorf("%s: got a bounce of %+v, want none", name, m.Bounces)
		}
	}
}

// A report whose only words stand in a part for fields is not shown empty.
func TestReportWithoutWords(t *testing.T) {
	t.Parallel()
	m := parse(t, `From: Postmaster@customer.example
To: help@firm.example
Subject: Mail System Error - Returned Mail
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status;

This Message was undeliverable due to the following reason:

<li@customer.example> takes no mail by SMS

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example

Final-Recipient: RFC822; <li@customer.example>
Action: failed
Status: 5.3.0

--b
Content-Type: message/rfc822

`+sentBack+"--b--\n", Options{Own: []string{"help@firm.example"}})
	if !strings.Contains(m.Message.Body.Text, "takes no mail by SMS") || len(m.Bounces) != 1 || m.Bounces[0].Status != "5.3.0" {
		t.Errorf("got %q and %+v", m.Message.Body.Text, m.Bounces)
	}
}

// Reports, receipts and answers of machines, also without the standard marks.
func TestOtherMachines(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		raw  string
		want desk.Auto
	}{
		"delivered": {`From: MAILER-DAEMON@mx.example
Subject: Successful Mail Delivery Report
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; li@customer.example
Action: delivered
Status: 2.1.5

--b--
`, desk.Report},
		"read receipt": {`From: li@customer.example
Subject: 已读: Re: order
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: text/plain

read
--b
Content-Type: message/disposition-notification

Disposition: manual-action/MDN-sent-manually; displayed
--b--
`, desk.Report},
		"complaint": {`From: feedback@provider.example
Subject: FW: order
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
Version: 1
Original-Rcpt-To: li@customer.example
--b
Content-Type: message/rfc822

` + sentBack + "--b--\n", desk.Report},
		"says so itself": {`From: li@customer.example
Subject: Re: order
In-Reply-To: <ours-1@firm.example>

这是自动回复邮件。您的来信我已收到，我会尽快回复。`, desk.AutoReply},
		"away, in German":         {"From: li@customer.example\nSubject: Abwesend: Re: order\n\nIch bin im Urlaub.", desk.AutoReply},
		"a person says I am away": {"From: li@customer.example\nSubject: Re: order\nIn-Reply-To: <x@y>\n\nI will be out of the office next week, so please answer before.", desk.ByHuman},
	} {
		m := parse(t, c.raw, Options{Own: []string{"help@firm.example"}})
		if m.Message.Auto != c.want {
			t.Errorf("%s: got %q, want %q", name, m.Message.Auto, c.want)
		}
		if name == "complaint" && (len(m.Bounces) != 1 || m.Bounces[0].Action != "complaint" || m.Bounces[0].Recipient != "li@customer.example" || m.Bounces[0].Failed()) {
			t.Errorf("complaint: got %+v, want one of li@customer.example that failed nothing", m.Bounces)
		}
	}
}

// Our own signed address in what is returned names the conversation even where nothing else does.
func TestABounceIsFoundByItsToken(t *testing.T) {
	t.Parallel()
	tokens := NewTokens([]byte("k"))
	id := desk.ConversationID("0190f5a2-7c3e-7b44-9f10-2d6b4a1c8e55")
	raw := strings.Replace(hosts[16].raw, "Message-ID: <ours-1@firm.example>\n", "Reply-To: "+tokens.Address("help@firm.example", id)+"\nMIME-Version: 1.0\n", 1)
	if m := parse(t, raw, Options{Tokens: tokens}); m.Token != id {
		t.Errorf("got conversation %q, want %q", m.Token, id)
	}
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func gb(s string) string {
	out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return out
}
