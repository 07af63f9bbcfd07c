"""The Django platform: residents report, the city answers, everyone can see. Floors, from the top: project, portal, journeys, insights,
conversations, service_requests, places, accounts, connectors, core. A floor imports only what lies below it."""
