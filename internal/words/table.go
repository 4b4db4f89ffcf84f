package words

// table is every phrase: English, Chinese. The values of a phrase are the same in both, in the same order or numbered.
var table = map[string][2]string{
	// What is promised, as the console calls it.
	"target.answer":         {"answer", "接待"},
	"target.first_response": {"first response", "首次响应"},
	"target.next_response":  {"next response", "后续响应"},
	"target.resolution":     {"resolution", "解决"},
	"target.callback":       {"callback", "回拨"},
	"target.requester_wait": {"customer's wait", "客户等待"},
	"target.agent_work":     {"agent's work", "坐席处理"},
	"target.update":         {"regular update", "定期更新"},
	"target.group":          {"time with the queue's team", "队列处理时长"},

	"medium.email": {"email", "邮件"},
	"medium.chat":  {"chat", "在线聊天"},
	"medium.voice": {"phone", "电话"},

	"tier.strategic": {"strategic", "战略客户"},
	"tier.key":       {"key", "重点客户"},
	"tier.ordinary":  {"ordinary", "普通客户"},

	"outcome.met":       {"in time", "已达标"},
	"outcome.late":      {"late", "超时"},
	"outcome.cancelled": {"fell away", "不再适用"},
	"outcome.waived":    {"waived", "已豁免"},

	// A notice of a promise or an alert.
	"moment":         {"Mon 2 Jan 15:04 MST", "2006-01-02 15:04 MST"}, // a layout of package time
	"notice.late":    {"%s is late", "%s已超时"},
	"notice.risk":    {"%s is at risk (%d %% of the time are gone)", "%s即将超时（已用去 %d%% 的时间）"},
	"notice.settled": {"%s was late and is settled by now", "%s曾超时，现已处理"},
	"notice.due":     {"due %s", "应于 %s 前完成"},
	"notice.holder":  {"with %s", "处理人：%s"},
	"notice.nobody":  {"with nobody", "无人处理"},
	"notice.one":     {"#%d: %s", "#%d：%s"},
	"notice.many":    {"%d promises need you", "%d 项承诺需要您处理"},
	"notice.matters": {"%d matters need you", "%d 项事务需要您处理"},
	"notice.more":    {"… and %d more", "……另有 %d 项"},
	"notice.over":    {"%s — over by now", "%s（现已恢复）"},
	"notice.raised":  {"since %s", "始于 %s"},
	"notice.foot":    {"Say “I have it” in the console, and nobody else is told.", "在工作台点“由我跟进”后，系统不再上报。"},

	// What an alert measures: what is looked at, its number, the rule's.
	"measure.waiting":       {"%[1]s: %[2]d conversations wait (told from %[3]d)", "%[1]s：%[2]d 个会话在等待（达到 %[3]d 个即预警）"},
	"measure.longest_wait":  {"%[1]s: the longest wait is %[2]d s (told from %[3]d s)", "%[1]s：最长等待 %[2]d 秒（达到 %[3]d 秒即预警）"},
	"measure.service_level": {"%[1]s: %[2]d %% of today's promises are kept (told below %[3]d %%)", "%[1]s：今日达标率 %[2]d%%（低于 %[3]d%% 即预警）"},
	"measure.channel_down":  {"%[1]s: no connection for %[2]d s", "%[1]s：连接已中断 %[2]d 秒"},

	// A report that is mailed.
	"report.subject": {"Promises by %s, %s", "时限报表（按%s），%s"},
	"report.head":    {"Promises by %s, %s, days of %s", "时限报表（按%s），%s，日期按 %s 计"},
	"report.line":    {"%s: %d met, %d late%s, %d fell away, %d waived", "%s：已达标 %d，超时 %d%s，不再适用 %d，已豁免 %d"},
	"report.kept":    {" (%.1f %% kept)", "（达标率 %.1f%%）"},
	"report.none":    {"No promise ended in this time.", "这段时间内没有结束的时限。"},
	"report.more":    {"… and %d more lines", "……另有 %d 行"},
	"report.late":    {"This report was to come %s and could not be sent then. It is sent once.", "这份报表原定 %s 发送，当时未能发出，现补发一次。"},
	"report.foot": {
		"All figures are in the attached file. It has what you may see today.\nChange or end these mails:",
		"完整数据见附件，内容以您目前的查看权限为准。\n修改或取消这些邮件：",
	},

	// What a report counts by.
	"by.day":     {"day", "日期"},
	"by.queue":   {"queue", "队列"},
	"by.agent":   {"agent", "坐席"},
	"by.tier":    {"tier", "客户等级"},
	"by.medium":  {"channel", "渠道"},
	"by.policy":  {"policy", "策略"},
	"by.inbox":   {"inbox", "收件箱"},
	"by.target":  {"target", "时限"},
	"by.contact": {"customer", "客户"},
	"by.none":    {"none", "无"},

	// A customer's sheet.
	"sheet.title":    {"Promises kept, by month", "服务时限月报"},
	"sheet.customer": {"Customer", "客户"},
	"sheet.month":    {"Month", "月份"},
	"sheet.zone":     {"Time zone", "时区"},
	"sheet.target":   {"Promise", "时限"},
	"sheet.kept":     {"In time, %", "达标率 %"},
	"sheet.p50":      {"Median, s", "中位时长（秒）"},
	"sheet.p90":      {"90 % within, s", "90% 时长（秒）"},
	"sheet.number":   {"Conversation", "会话编号"},
	"sheet.medium":   {"Channel", "渠道"},
	"sheet.outcome":  {"Outcome", "结果"},
	"sheet.ended":    {"Ended", "完成时间"},
	"sheet.took":     {"On the clock, s", "自然时长（秒）"},
	"sheet.business": {"In business time, s", "工作时长（秒）"},
}
