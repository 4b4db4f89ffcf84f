package demo

import "yingda/desk"

// Regulars are the customers the shop knows before anybody comes by: by address and number alike, some of them dearer
// than others.
func Regulars() []desk.Contact {
	tiers := map[string]desk.Tier{
		"周海峰": desk.Strategic, "Elena Fischer": desk.Strategic, "陈思远": desk.Key, "Café Morgenrot": desk.Key, "Maya Okafor": desk.Key,
	}
	companies := map[string]string{"周海峰": "蓝鲸餐饮", "Elena Fischer": "Hotel Linde", "Café Morgenrot": "Café Morgenrot"}
	owners := map[string]desk.AgentID{"周海峰": "bo", "Elena Fischer": "sam"}
	out := make([]desk.Contact, 0, len(customers))
	for _, c := range customers {
		tier, ok := tiers[c.name]
		if !ok {
			tier = desk.Ordinary
		}
		out = append(out, desk.Contact{
			Name: c.name, Company: companies[c.name], Locale: c.locale, Tier: tier, Owner: owners[c.name],
			Identities: []desk.Identity{{Kind: desk.ByEmail, Value: c.address}, {Kind: desk.ByPhone, Value: c.phone}},
		})
	}
	return out
}
