package email

import (
	"strings"
	"testing"
)

// What announces a quote, in the languages of mail programs, and what people write themselves that looks like it.
func TestAnnouncements(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"On Mon, Sep 21, 2026 at 9:30 AM Help <help@firm.example> wrote:",
		"On Mon, Sep 21, 2026 at 9:30 AM Help <\nhelp@firm.example> wrote:",
		"On 21 Sep 2026, at 09:30, Help <help@firm.example> wrote:",
		"On 9/21/26 9:30 AM, Help wrote:",
		"Am 21.09.2026 um 09:30 schrieb Hilfe <help@firm.example>:",
		"Am Mo., 21. Sept. 2026 um 09:30 Uhr schrieb Hilfe\n<help@firm.example>:",
		"Le lun. 21 sept. 2026 à 09:30, Aide <help@firm.example> a écrit :",
		"El lun, 21 sept 2026 a las 9:30, Ayuda (<help@firm.example>) escribió:",
		"Il giorno lun 21 set 2026 alle ore 09:30 Aiuto <help@firm.example> ha scritto:",
		"Op ma 21 sep 2026 om 09:30 schreef Hulp <help@firm.example>:",
		"Em seg., 21 de set. de 2026 às 09:30, Ajuda <help@firm.example> escreveu:",
		"Den mån 21 sep. 2026 kl 09:30 skrev Hjälp <help@firm.example>:",
		"пн, 21 сент. 2026 г. в 09:30, Помощь <help@firm.example>:",
		"pon., 21 wrz 2026 o 09:30 Pomoc <help@firm.example> napisał(a):",
		"21 Eyl 2026 Pzt, 09:30 tarihinde Destek <help@firm.example> şunu yazdı:",
		"2026年9月21日(月) 9:30 Help <help@firm.example>:",
		"2026年9月21日 上午9:30，客服 <help@firm.example> 写道：",
		"客服 <help@firm.example> 于2026年9月21日周一 09:30写道：",
		"客服 <help@firm.example> 於 2026年9月21日 週一 上午9:30寫道：",
		"在 2026-09-21 09:30:00，\"客服\" <help@firm.example> 写道：",
		"在 2026/9/21 9:30, 客服 写道:",
		"于 2026年9月21日星期一 9:30:00 客服 <help@firm.example> 写道：",
		"At 2026-09-21 09:30:00, \"客服\" <help@firm.example> wrote:",
		"2026년 9월 21일 (월) 오전 9:30, Help <help@firm.example>님이 작성:",
		"---原始邮件---",
		"---- Replied Message ----",
		"-------- Ursprüngliche Nachricht --------",
		"________________________________\nFrom: Help <help@firm.example>\nSent: Monday, September 21, 2026 9:30 AM\nTo: Li\nSubject: Re: order",
		"*From:* Help <help@firm.example>\n*Date:* Monday\n*To:* Li\n*Subject:* order",
		"Von: Hilfe\nGesendet: Montag\nAn: Li\nBetreff: Bestellung",
		"De : Aide <help@firm.example>\nEnvoyé : lundi\nÀ : Li\nObjet : commande",
		"差出人: Help <help@firm.example>\n送信日時: 2026年9月21日\n宛先: Li\n件名: 注文",
		"From: Help\nDate: 2026-09-21 09:30\nTo: li@customer.example\nSubject: order",
		"发件人：客服\n日　期：2026年09月21日\n收件人：li@customer.example\n主　题：订单",
		"##- Please type your reply above this line -##",
		// By its form, whatever the language: a line of its own with a date, a time and an address in brackets, and a colon.
		"пн, 21 вер. 2026 р. о 09:30 Допомога <help@firm.example> пише:",
		"V pon., 21. sep. 2026 ob 09:30 je oseba Pomoč <help@firm.example> napisala:",
		"pirmd., 2026. g. 21. sept., plkst. 09:30 — lietotājs Palīgs (<help@firm.example>) rakstīja:",
		"Missatge de Ajuda <help@firm.example> del dia dl., 21 de set. 2026 a les 9:30:",
		"2026. szept. 21. dátummal, 9:30 időpontban Segítség <help@firm.example> írta:",
		"Wiadomość napisana przez Pomoc <help@firm.example> w dniu 21 wrz 2026, o godz. 09:30:",
		"در تاریخ دوشنبه ۲۱ سپتامبر ۲۰۲۶، ۹:۳۰ Help <help@firm.example> نوشت:",
		"सोम, 21 सित॰ 2026 को 9:30 am बजे को Help <help@firm.example> ने लिखा:",
		"\u202b\u202aבתאריך יום ב׳, 21 בספט׳ 2026 ב-9:30 מאת \u202a\u202bעזרה\u202c <\u202ahelp@firm.example\u202c>:\u202c",
		"21. Sept. 2026, 09:30 von help@firm.example:",
		"W dniu 21.09.2026 o 09:30, Pomoc pisze:",
		"2026-09-21 오전 9:30에 도움 이(가) 쓴 글:",
		">>> Help <help@firm.example> 9/21/2026 9:30 AM >>>",
		"‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\nOn Monday, September 21, 2026 9:30 AM, Help <help@firm.example> wrote:",
		"-----help@firm.example wrote: -----\nTo: li@customer.example\nFrom: Help <help@firm.example>\nSubject: order",
		"----邮件原文----\n发件人：客服 <help@firm.example>\n收件人：li@customer.example\n主题：订单",
		"Від: Допомога <help@firm.example>\nНадіслано: 21 вересня 2026 р. 9:30\nКому: Li\nТема: замовлення",
		"От: Помощ <help@firm.example>\nИзпратено: понеделник, 21 септември 2026 г. 9:30\nДо: Li\nОтносно: поръчка",
		"Saatja: Abi <help@firm.example>\nSaadetud: esmaspäev, 21. september 2026 9:30\nAdressaat: Li\nTeema: tellimus",
		"Từ: Help <help@firm.example>\nĐã gửi: Thứ Hai, 21 tháng 9 2026 9:30\nĐến: Li\nChủ đề: order",
		"من: Help <help@firm.example>\nتاريخ الإرسال: 21/سبتمبر/2026\nإلى: Li\nالموضوع: طلب",
	} {
		got := splitText("My own words.\n\n"+s+"\n\nTheir words.\n", false)
		if got.own != "My own words." || !strings.Contains(got.quoted, "Their words.") {
			t.Errorf("%q: got own %q", s, got.own)
		}
	}
	for _, s := range []string{
		"On second thought:", "I wrote to you on 21.09.2026 at 9:30 from li@customer.example:", "我在2026年9月21日给 help@firm.example 写道：", "The following items are missing:",
		"From: Beijing\nTo: Shanghai\nDate: 21 September 2026", "Order 2026-09-21 10:00, total:", "收件人：李雷\n电话：13800138000\n地址：上海市", "-----\nPrice list\n-----",
		"主题：婚礼\n时间：2026年9月21日\n地点：上海", "To: everybody who cares\nSubject to change: yes", "On Monday we met and he said:", "见附件：", "Best wishes for your project, and one question:",
		"Please invite by 21.09.2026 10:00:\nann@x.example", "Time 09:30, contact ann@x.example:\ncall her", "No: 1234\nDate: 2026-09-21\nSubject: broken screen",
		"Please send 2 copies of the 2026 list to Ann <ann@x.example>:", "At 10:30 call Ann <ann@x.example>, room 4:", "----- Ann and Bob -----", "由于系统原因 outlook ios 无法登录",
	} {
		if got := splitText("My own words.\n\n"+s+"\n\nMore of my words.\n", false); !strings.Contains(got.own, "More of my words.") || got.quoted != "" {
			t.Errorf("%q: got own %q, quoted %q; want all of it own", s, got.own, got.quoted)
		}
	}
}

// Lines that carry marks alone announce nothing, and are announced with what stands below them.
func TestAnnouncedMarks(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"Quoting Ann <ann@x.example>:", "Zitat von Ann <ann@x.example>:", "Ann Lee wrote:", "アン さんは書きました:", "Ann Lee schrieb:"} {
		got := splitText("My own words.\n\n"+s+"\n> Their words.\n> And more.\n", false)
		if got.own != "My own words." || !strings.Contains(got.quoted, s) {
			t.Errorf("%q: got own %q, quoted %q", s, got.own, got.quoted)
		}
	}
	// Without marks below, and amid the writer's own words, the same lines are theirs.
	for _, s := range []string{"Ann Lee wrote:", "Quoting Ann:", "As far as I know, Ann Lee wrote:"} {
		if got := splitText("My own words.\n\n"+s+"\nIt was good.\n", false); got.quoted != "" {
			t.Errorf("%q: got quoted %q, want nothing", s, got.quoted)
		}
	}
}

// What some programs take for the writer's own is the other side's here, however it is broken or drawn; and what the
// writer wrote around it is never lost.
func TestBrokenAnnouncements(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"On Sep 21, 2026,\nat 9:30,\nHelp <help@firm.example> wrote:\n\n> Their words.",
		"On Mon, Sep 21, 2026\nat 9:30 AM Help Desk of the Firm\n<help@firm.example>\nwrote:\n> Their words.",
		" ------------------------------\n\n*From:* Help [mailto:help@firm.example]\n*Sent:* Monday, September 21, 2026 9:30 AM\n*To:* li@customer.example\n*Subject:* order\n\nTheir words.",
		"________________________________\nFrom: Help <help@firm.example>\nSent: Monday\nTo: li@customer.example\nSubject: order\n\nTheir words.",
	} {
		got := splitText("My own words.\nAnd **more** of them:\n\n---\n\n* one\n* two\n\n"+s+"\n", false)
		if want := "My own words.\nAnd **more** of them:\n\n---\n\n* one\n* two"; got.own != want || !strings.Contains(got.quoted, "Their words.") {
			t.Errorf("%q: got own %q, want %q", s, got.own, want)
		}
	}
	// Markdown is the writer's: rulers, headings and tables announce nothing.
	for _, s := range []string{
		"## From the start\n\n----\n\nThe dashes are mine.\n\n====\n\nThese as well.", "| From | To |\n|---|---|\n| Beijing | Shanghai |", "**Subject:** broken\n**Date:** 2026-09-21\n\nPlease help.",
		"***\n\nNew section", "1. From: here\n2. To: there",
	} {
		if got := splitText("My own words.\n\n"+s+"\n", false); got.quoted != "" || got.own != "My own words.\n\n"+s {
			t.Errorf("%q: got own %q, quoted %q; want all of it own", s, got.own, got.quoted)
		}
	}
}

// Mobile signatures, cards and farewells are taken off; sentences never.
func TestSignatures(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"Sent from my iPhone":                                             "Sent from my iPhone",
		"发自我的iPhone":                                                      "发自我的iPhone",
		"发自我的华为手机":                                                        "发自我的华为手机",
		"發自我的 iPhone":                                                     "發自我的 iPhone",
		"来自我的小米手机":                                                        "来自我的小米手机",
		"由我的网易邮箱大师发送":                                                     "由我的网易邮箱大师发送",
		"从 Windows 版邮件发送":                                                 "从 Windows 版邮件发送",
		"获取适用于 iOS 的 Outlook<https://aka.ms/o0ukef>":                      "获取适用于 iOS 的 Outlook<https://aka.ms/o0ukef>",
		"Hämta Outlook för iOS<https://aka.ms/o0ukef>":                    "Hämta Outlook för iOS<https://aka.ms/o0ukef>",
		"Von meinem iPhone gesendet":                                      "Von meinem iPhone gesendet",
		"iPhoneから送信":                                                      "iPhoneから送信",
		"-- \nLi Lei\n+86 138 0013 8000":                                  "-- \nLi Lei\n+86 138 0013 8000",
		"--\n李雷 | 采购部":                                                    "--\n李雷 | 采购部",
		"Best regards,\nJohn Roe\nHead of Purchasing":                     "Best regards,\nJohn Roe\nHead of Purchasing",
		"此致\n敬礼\n李雷":                                                      "此致\n敬礼\n李雷",
		"Please send the second one as well.":                             "",
		"Sent by mistake, please ignore it.":                              "",
		"The parcel was sent from my old address.":                        "",
		"Regards to your colleague who helped me.":                        "",
		"Best regards,\nJohn\n\nPS: Is there a discount for two of them?": "",
		"谢谢！\n请尽快处理。":                                                     "",
	} {
		got := splitText("My own words are here.\n\n"+s+"\n", false)
		clean := func(s string) string { return strings.Join(strings.Fields(s), " ") }
		if clean(got.signature) != clean(want) {
			t.Errorf("%q: got signature %q, want %q", s, got.signature, want)
		}
	}
}
