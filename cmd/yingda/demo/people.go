package demo

// A customer of the corner shop: invented, as all of them are.
type customer struct {
	name    string
	address string
	phone   string
	locale  string // zh or en
}

var customers = []customer{
	{"陈思远", "chen.siyuan@customers.example", "+8613800138001", "zh"},
	{"林婉清", "lin.wanqing@customers.example", "+8613900139002", "zh"},
	{"Maya Okafor", "maya.okafor@customers.example", "+442079460111", "en"},
	{"赵一鸣工作室", "studio@zhao-yiming.example", "+862160801234", "zh"},
	{"Tom Ellery", "tom.ellery@customers.example", "+14155550123", "en"},
	{"黄静", "huang.jing@customers.example", "+8613700137003", "zh"},
	{"周海峰", "zhou.haifeng@bluewhale.example", "+8613600136004", "zh"},
	{"Priya Nair", "priya.nair@customers.example", "+6565550142", "en"},
	{"吴桐", "wu.tong@customers.example", "+8613500135005", "zh"},
	{"Elena Fischer", "elena.fischer@hotel-linde.example", "+493055501234", "en"},
	{"许诺", "xu.nuo@customers.example", "+8615000150006", "zh"},
	{"Café Morgenrot", "einkauf@morgenrot.example", "+4940555019", "en"},
}

// A letter is one mail a customer may write, with what they answer when we replied.
type letter struct {
	locale  string
	subject string
	text    string
	thanks  string // "" says nothing more
}

var letters = []letter{
	{"zh", "咖啡机蒸汽管不出汽", "你好：\n\n上周买的家用咖啡机，从今天早上开始蒸汽管完全不出汽，换了水也一样。\n订单号 A20931，请问是寄回还是有人上门？\n\n谢谢", "好的，我今天就寄出，谢谢！"},
	{"zh", "发票抬头开错了", "您好，订单 B10277 的发票抬头写成了个人，需要改成公司：蓝鲸餐饮管理（上海）有限公司。\n月底要报账，麻烦尽快。", "收到，辛苦了。"},
	{"zh", "申请退款：豆子日期太旧", "收到的埃塞俄比亚豆子是三个月前烘焙的，和页面写的“七天内烘焙”不一样。我要求退款。", ""},
	{"zh", "批量采购报价", "我们准备给六家门店各配两台磨豆机，请报一个含税和安装的价格，最好周三前。", "价格可以，请发合同。"},
	{"zh", "物流三天没有更新", "订单 C88120 显示在杭州转运中心停了三天，周六家里要请客，来得及吗？", "明白了，谢谢帮忙催。"},
	{"en", "Steam wand leaks", "Hi,\n\nthe steam wand on my machine drips all night. I have changed the seal twice and it still does it.\nOrder A21044. A short video would be easy to send if that helps.\n\nBest", "That did it. Thank you for the quick help."},
	{"en", "Where is my parcel?", "Hello, tracking for order C90017 has said \"label created\" for five days. Has it left your warehouse at all?", ""},
	{"en", "Wholesale terms for a hotel", "Dear team,\n\nwe run a small hotel with 42 rooms and would like to buy beans monthly, about 30 kg. Could you send your wholesale terms and a sample box?\n\nKind regards", "Thank you, the sample box would go to the address below."},
	{"en", "Charged twice", "My card shows two charges of 86.40 for order B10391. Please refund one of them.", "I can see the refund now, thanks."},
	{"en", "Change of address before dispatch", "We are moving on Friday. Can order C90102 go to the new address instead? It is in the account already.", ""},
}

// A chatter is one chat a customer may have: lines said one after another, each after an answer came.
type chatter struct {
	locale string
	lines  []string
}

var chatters = []chatter{
	{"zh", []string{"你好，请问门店周末几点开门？", "那可以现场试机吗？", "好的，周六下午过去，谢谢"}},
	{"zh", []string{"我的优惠券下单时用不了", "提示“不适用于该商品”，可是页面写的是全场", "明白了，谢谢"}},
	{"zh", []string{"退货的快递单号怎么填？", "填好了，多久能退款？"}},
	{"en", []string{"Hi, does the grinder come with a 220V plug?", "Great. And can it do Turkish coffee?", "Perfect, ordering now."}},
	{"en", []string{"My discount code says expired but it is valid until Sunday", "SPRING26", "Works now, thanks!"}},
	{"en", []string{"Do you ship to Norway?", "What would that cost for a 2 kg parcel?"}},
}

// Answers of the simulated colleagues, by language. They are plain so that a person at the desk can tell them apart.
var replies = map[string][]string{
	"zh": {
		"您好，已经看到您的问题，我正在为您核实，请稍等。",
		"已帮您登记处理，预计今天内会有结果，有进展会第一时间告诉您。",
		"感谢您的耐心等待，已经为您处理好了。如果还有其他问题，随时告诉我们。",
	},
	"en": {
		"Hello, I have your message in front of me and am checking this for you now.",
		"I have put this through. You should see the result today, and I will write as soon as there is news.",
		"Thank you for waiting. This is settled now; tell us any time if something else comes up.",
	},
}
