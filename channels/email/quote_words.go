package email

import "strings"

// roles are the names of fields in quoted headers, without blanks, in the languages of mail programs.
var roles = func() map[string]role {
	m := map[string]role{}
	for r, names := range map[role]string{
		fromRole: "from 发件人 寄件者 寄件人 发信人 发送者 寄件者 von absender de expéditeur da mittente van afzender från avsändare fra od от отправитель 差出人 送信者 보낸사람 보낸이 remetente lähettäjä " +
			"kimden gönderen feladó dela από מאת من จาก dari từ nadawca odesílatel від šalje saatja nuo pošiljatelj 发件者 寄信人 寄件地址",
		subjectRole: "subject 主题 主旨 标题 betreff objet sujet asunto oggetto onderwerp ämne emne тема 件名 제목 assunto temat předmět predmet aihe konu tárgy subiect θέμα נושא الموضوع เรื่อง subjek chủđề perihal относно predmet zadeva teema tēma 邮件主题 信件主旨",
		otherRole: "sent date to cc bcc replyto reply-to importance when 发送时间 发送日期 发件时间 日期 时间 收件人 抄送 密送 抄送人 回复 寄件日期 傳送時間 收件者 收件人 副本 日期 時間 gesendet datum an kopie cc " +
			"envoyé envoyéle date à a copieà cc copie enviado enviadoel enviadaem para fecha cc inviato data a cc risposta risponde verzonden aan kopie skickat till kopia sendt dato til kopi отправлено дата кому копия " +
			"送信日時 日時 宛先 日付 보낸날짜 받는사람 날짜 받는이 참조 data do wysłano odesláno komu kopie lähetetty vastaanottaja päivämäärä kopio gönderilen gönderildi kime tarih bilgi elküldve dátum címzett másolat " +
			"trimis către στάλθηκε προς ημερομηνία נשלח אל תאריך أرسل إلى التاريخ dikirim kepada tanggal đãgửi đến ngày odoslané надіслано дата изпратено до кому копія poslano prima za saadetud adressaat nosūtīts kam išsiųsta enviatel pera " +
			"تاريخالإرسال ส่ง ถึง วันที่ สำเนา 抄送者 密件副本 收信人 传送时间 邮件日期 寄件時間",
		openRole: "messagedu messageenvoyéle",
	} {
		for _, n := range strings.Fields(names) {
			if _, ok := m[n]; !ok || r == fromRole {
				m[n] = r
			}
		}
	}
	return m
}()

// Words between dashes that announce the mail below; true for a forward, which is something to be read.
var ruledWords = map[string]bool{
	"original message": false, "original": false, "original email": false, "original mail": false, "original appointment": false, "reply message": false, "replied message": false,
	"ursprüngliche nachricht": false, "original nachricht": false, "originalnachricht": false, "ursprüngliche mail": false, "message d'origine": false, "message original": false, "mensaje original": false,
	"mensagem original": false, "messaggio originale": false, "oorspronkelijk bericht": false, "originalmeddelande": false, "ursprungligt meddelande": false, "oprindelig meddelelse": false,
	"opprinnelig melding": false, "alkuperäinen viesti": false, "исходное сообщение": false, "оригинальное сообщение": false, "wiadomość oryginalna": false, "oryginalna wiadomość": false,
	"původní zpráva": false, "eredeti üzenet": false, "orijinal mesaj": false, "orijinal ileti": false, "original-nachricht": false, "元のメッセージ": false, "원본 메시지": false, "원본 메일": false,
	"原始邮件": false, "原邮件": false, "原始信息": false, "邮件原件": false, "原始郵件": false, "原始信件": false, "回复的邮件": false, "回复的原邮件": false, "回覆的郵件": false, "答复的邮件": false, "以下是引用内容": false, "引用": false,
	"邮件原文": false, "原邮件内容": false, "原始邮件内容": false, "原信内容": false, "历史邮件": false, "被回复的邮件": false, "原文": false, "原信": false, "元のメール": false, "original-mail": false, "mensagem original:": false,
	"původná správa": false, "pôvodná správa": false, "izvorna poruka": false, "izvirno sporočilo": false, "mesajul original": false, "αρχικό μήνυμα": false, "вихідне повідомлення": false, "оригінальне повідомлення": false, "missatge original": false, "pesan asli": false, "thư gốc": false,
	"forwarded message": true, "forwarded mail": true, "forwarded email": true, "begin forwarded message": true, "original forwarded message": true,
	"weitergeleitete nachricht": true, "message transféré": true, "message réexpédié": true, "mensaje reenviado": true, "mensagem encaminhada": true, "messaggio inoltrato": true, "messaggio inoltrato originale": true,
	"doorgestuurd bericht": true, "vidarebefordrat meddelande": true, "videresendt besked": true, "пересылаемое сообщение": true, "转发邮件": true, "转发的邮件": true, "转发的原邮件": true, "转发邮件信息": true,
	"轉寄郵件": true, "轉寄的郵件": true, "転送メッセージ": true, "전달된 메시지": true, "wiadomość przekazana": true, "přeposlaná zpráva": true, "iletilen mesaj": true,
}

// verbs say that somebody wrote, in the languages of mail programs.
var verbs = []string{
	"wrote", "writes", "said", "schrieb", "geschrieben", "a écrit", "escribió", "escreveu", "escrit", "ha scritto", "scrive", "schreef", "geschreven", "skrev", "sendte følgende",
	"napisał", "napsal", "napísal", "napisao", "пишет", "написал", "писал", "написа", "kirjoitti", "kirjutas", "yazdı", "şunu yazdı", "a scris", "έγραψε", "כתב", "كتب", "menulis",
	"đã viết", "เขียน", "写道", "寫道", "写到", "写了", "書きました", "書いた", "のメッセージ", "のメール", "님이 작성", "작성:", "님이 썼습니다", "发来", "发送的邮件",
	"pisze", "пише", "писав", "rakstīja", "rašė", "va escriure", "idatzi zuen", "je napisal", "napisala", "skrifaði", "쓴 글", "نوشت", "ने लिखा",
}

// openers begin the line that says who wrote what is quoted.
var openers = []string{
	"on ", "am ", "le ", "el ", "il ", "op ", "em ", "den ", "dnia ", "dne ", "w dniu ", "в ", "at ", "på ", "pada ", "vào ", "στις ", "ב", "في ", "în ",
	"пн", "вт", "ср", "чт", "пт", "сб", "вс", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "在", "于", "於",
}

// ofOneself is how people tell what they wrote themselves: what follows may be their words.
var ofOneself = []string{" i wrote", " i said", "ich schrieb", "habe ich", "j'ai écrit", "yo escribí", "ho scritto", "我写道", "我在"}
