"""Names of people in several scripts, for the sample workspace. Nobody is meant."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A country, and how people there may be called: each name as written, and in Latin letters."""

    country: str
    cities: str
    dial: str
    given: str
    family: str
    share: int
    """How many of a hundred profiles live there."""


PLACES = (
    Place(
        "Hong Kong",
        "Hong Kong|Kowloon|Sha Tin|Tsuen Wan",
        "+852 5550",
        "家明 Kaming|詠詩 Wingsze|志強 Chikeung|嘉欣 Kayan|俊傑 Chunkit|美玲 Meiling|子晴 Tszching",
        "陳 Chan|黃 Wong|李 Lee|張 Cheung|梁 Leung|劉 Lau|歐陽 Auyeung|鄧 Tang",
        20,
    ),
    Place(
        "Taiwan",
        "臺北|高雄|臺中|臺南",
        "+886 2 5550",
        "怡君 Yichun|志豪 Chihhao|雅婷 Yating|冠宇 Kuanyu|淑芬 Shufen|承恩 Chengen",
        "林 Lin|王 Wang|吳 Wu|蔡 Tsai|許 Hsu|鄭 Cheng|謝 Hsieh",
        8,
    ),
    Place(
        "Japan",
        "東京|大阪|札幌|福岡",
        "+81 3 5550",
        "陽子 Yoko|翔太 Shota|さくら Sakura|健一 Kenichi|美咲 Misaki|大輔 Daisuke",
        "佐藤 Sato|鈴木 Suzuki|高橋 Takahashi|田中 Tanaka|渡辺 Watanabe|伊藤 Ito",
        8,
    ),
    Place(
        "South Korea",
        "서울|부산|인천|대구",
        "+82 2 5550",
        "민준 Minjun|서연 Seoyeon|지훈 Jihun|하은 Haeun|도윤 Doyun|수빈 Subin",
        "김 Kim|이 Lee|박 Park|최 Choi|정 Jung|강 Kang",
        7,
    ),
    Place(
        "United Arab Emirates",
        "دبي|أبوظبي|الشارقة",
        "+971 4 555",
        "محمد Mohammed|فاطمة Fatima|أحمد Ahmed|مريم Maryam|خالد Khalid|نور Noor",
        "العلي Alali|الهاشمي Alhashimi|حداد Haddad|منصور Mansour|النجار Alnajjar",
        7,
    ),
    Place(
        "Ukraine",
        "Київ|Львів|Одеса|Харків",
        "+380 44 555",
        "Олена Olena|Андрій Andrii|Наталія Nataliia|Юрій Yurii|Ірина Iryna|Сергій Serhii",
        "Шевченко Shevchenko|Коваленко Kovalenko|Бондар Bondar|Їжакевич Yizhakevych",
        6,
    ),
    Place(
        "Bulgaria",
        "София|Пловдив|Варна",
        "+359 2 555",
        "Иван Ivan|Мария Maria|Георги Georgi|Цветелина Tsvetelina|Стоян Stoyan",
        "Димитров Dimitrov|Иванова Ivanova|Петров Petrov|Георгиева Georgieva",
        4,
    ),
    Place(
        "Germany",
        "Köln|München|Düsseldorf|Berlin",
        "+49 30 5550",
        "Jürgen Juergen|Käthe Kaethe|Sören Soeren|Anke Anke|Björn Bjoern|Gisela Gisela",
        "Müller Mueller|Weiß Weiss|Schröder Schroeder|Groß Gross|Krämer Kraemer",
        10,
    ),
    Place(
        "France",
        "Besançon|Nîmes|Orléans|Lyon",
        "+33 1 55 50",
        "Zoë Zoe|François Francois|Hélène Helene|Anaïs Anais|Loïc Loic|Béatrice Beatrice",
        "Lefèvre Lefevre|Dupré Dupre|Gérard Gerard|L’Hôpital Lhopital|Noël Noel",
        8,
    ),
    Place(
        "Poland",
        "Łódź|Kraków|Gdańsk|Wrocław",
        "+48 22 555",
        "Łukasz Lukasz|Małgorzata Malgorzata|Paweł Pawel|Żaneta Zaneta|Grażyna Grazyna",
        "Wójcik Wojcik|Kamiński Kaminski|Zając Zajac|Dąbrowska Dabrowska|Świątek Swiatek",
        6,
    ),
    Place(
        "Vietnam",
        "Hà Nội|Đà Nẵng|Cần Thơ",
        "+84 24 5550",
        "Hương Huong|Dũng Dung|Thảo Thao|Quốc Quoc|Ngọc Ngoc",
        "Nguyễn Nguyen|Trần Tran|Phạm Pham|Đặng Dang|Vũ Vu",
        4,
    ),
    Place(
        "Ireland",
        "Dublin|Cork|Galway",
        "+353 1 555",
        "Siobhán Siobhan|Seán Sean|Niamh Niamh|Oisín Oisin|Anne-Marie Annemarie",
        "O'Brien Obrien|Murphy Murphy|Ní~Dhomhnaill Nidhomhnaill|McCarthy Mccarthy",
        6,
    ),
    Place(
        "Denmark",
        "København|Aarhus|Ærøskøbing",
        "+45 55 50",
        "Søren Soren|Åse Aase|Jørgen Jorgen|Mette Mette|Bjørk Bjork",
        "Sørensen Sorensen|Østergaard Ostergaard|Kjær Kjaer|Ærø Aeroe",
        6,
    ),
)

COMPANIES = (
    "Harbour Lights Ltd|Käse & Söhne GmbH|青山書店|Studio Zoë|Northwind Traders|Café “Ærlig”|"
    "Полярная звезда|شركة الواحة|한빛 상사|Tramway 88|Lotus, Pine & Co.|Fabrikam"
)
